"""Parses a client's JSON lines into requests.

Source: docs/protocol.md, "JSON lines dialect"; the types are `netchat.model.requests`.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from netchat.model.events import Refused
from netchat.model.lines import whole_lines
from netchat.model.requests import (
    MAX_NONCE,
    AnyRequest,
    Request,
    Say,
    SayLines,
    Search,
    SetTopic,
    Tell,
)
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import AnnounceRequest, Reply, StateRequest

START = b"{"
"""The first byte of every line of this dialect."""
BAD_JSON = Refused(
    "bad-json", "The line is not a JSON object; send one object a line, with a `type`."
)
BAD_UTF8 = Refused("bad-utf8", "The line is not UTF-8, so nobody saw it; send UTF-8.")

_decoder = msgspec.json.Decoder(AnyRequest | StateRequest)
_SHOWN = ("reason", "label", "text")
"""What others read of a request about accounts and moderation."""
_STATE_REQUESTS = frozenset(get_args(StateRequest))


def parse(line: bytes) -> Request | Refused:
    """Return the request in `line` (without its end), or the refusal if there is none."""
    try:
        return _cleaned(_decoder.decode(line))
    except msgspec.ValidationError as error:
        return _explain(line, str(error))
    except (msgspec.DecodeError, RecursionError):
        return BAD_JSON
    except UnicodeDecodeError:
        return BAD_UTF8


def parse_plain(lines: bytes) -> SayLines | None:
    """Return the texts of whole `lines` if all are plain `say` in one room, else None.

    Plain means printable ASCII, no action or notice, and a nonce in all of them or in none. The
    caller parses other lines one by one with `parse`.
    """
    if not lines.isascii():
        return None
    try:
        requests = [_decoder.decode(line) for line in whole_lines(lines)]
    except (msgspec.DecodeError, RecursionError):
        return None
    says = [x for x in requests if isinstance(x, Say) and not (x.action or x.notice)]
    if len(says) < len(requests) or any(say.room != says[0].room for say in says):
        return None
    texts = tuple([say.text for say in says])
    nonces = tuple([say.nonce for say in says if say.nonce])
    if nonces and len(nonces) < len(texts):
        return None
    everything = "".join(texts)
    if not (everything.isascii() and everything.isprintable() and all(map(str.strip, texts))):
        return None
    return SayLines(says[0].room, texts, nonces)


parse_hello = parse
"""The same function: a client sends JSON objects before its login, too."""


def _cleaned(request: Request) -> Request | Refused:
    """Return `request` with its text sanitized, or a refusal if nothing remains."""
    match request:
        case Say() | Tell() | Reply() | AnnounceRequest():
            return _with_text(request, "text")
        case Search():
            return _with_text(request, "words")
        case SetTopic():
            return msgspec.structs.replace(request, text=sanitize(request.text).strip())
        case _ if type(request) in _STATE_REQUESTS:
            return _sanitized(request)
    return request


def _sanitized(request: Request) -> Request:
    """Return `request` with its reason, label or text as others may read it."""
    texts = {name: getattr(request, name, None) for name in _SHOWN}
    clean = {name: sanitize(text).strip() for name, text in texts.items() if text}
    if all(clean[name] == texts[name] for name in clean):
        return request
    return msgspec.structs.replace(request, **clean)


def _with_text(request: Request, field: str) -> Request | Refused:
    said = getattr(request, field)
    text = sanitize(said)
    if not text.strip():
        return request.refuse("bad-request", f"`{field}` is blank; send a text in it.")
    return request if text == said else msgspec.structs.replace(request, **{field: text})


def _explain(line: bytes, error: str) -> Refused:
    """Return the refusal for `line`, for the first `error` that msgspec found in it."""
    try:
        whole = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return BAD_JSON
    except UnicodeDecodeError:
        return BAD_UTF8
    request = whole if isinstance(whole, dict) else {}
    kind, nonce = request.get("type"), request.get("nonce")
    nonce = nonce[:MAX_NONCE] if isinstance(nonce, str) else ""
    if not isinstance(kind, str):
        return Refused("bad-request", "The object has no `type`; send one that is a string.", nonce)
    if error.endswith("`$.type`"):
        shown = sanitize(kind)[:40]
        return Refused(
            "unknown-type", f"There is no request type {shown!r}; see the protocol.", nonce
        )
    return Refused("bad-request", f"{sanitize(error)[:200]}.", nonce)
