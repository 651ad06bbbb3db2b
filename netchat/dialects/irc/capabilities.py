"""The capabilities that a client can ask for, and how it does.

Source: IRCv3 "Capability Negotiation" (version 302), and the specification of each capability.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

VALUES_VERSION = 302
"""The version from which CAP LS has values and continuation lines; it implies cap-notify."""
MAX_LIST_BYTES = 400
"""The most bytes of capabilities in one line, which leaves room for the rest of 512."""

CAP_NOTIFY = "cap-notify"
SASL = "sasl"
MULTILINE = "draft/multiline"
REGISTRATION = "draft/account-registration"

NEEDS: Mapping[str, frozenset[str]] = {
    "account-notify": frozenset(),
    "account-tag": frozenset(),
    "away-notify": frozenset(),
    "batch": frozenset(),
    CAP_NOTIFY: frozenset(),
    REGISTRATION: frozenset(),
    "draft/chathistory": frozenset(),
    "draft/event-playback": frozenset({"draft/chathistory"}),
    "draft/message-redaction": frozenset({"message-tags"}),
    MULTILINE: frozenset({"batch"}),
    "draft/no-implicit-names": frozenset(),
    "draft/read-marker": frozenset(),
    "echo-message": frozenset(),
    "extended-join": frozenset(),
    "extended-monitor": frozenset(),
    "invite-notify": frozenset(),
    "labeled-response": frozenset({"batch"}),
    "message-tags": frozenset(),
    "multi-prefix": frozenset(),
    "no-implicit-names": frozenset(),
    SASL: frozenset(),
    "server-time": frozenset(),
    "setname": frozenset(),
    "standard-replies": frozenset(),
    "userhost-in-names": frozenset(),
}
"""All capabilities, each with those without which it changes nothing.

no-implicit-names was ratified in 2026; clients know it by its name as a draft as well.
"""
_DEPENDING = {name: needs for name, needs in NEEDS.items() if needs}


def offered(
    *,
    sasl: Sequence[str] = (),
    multiline: tuple[int, int] | None = None,
    registration: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return the capabilities to offer, each with its value ("" if it has none).

    `sasl` are the mechanisms; without one, sasl is not offered. `multiline` is how many bytes and
    lines a message may have, `registration` the keys of account registration; None: not offered.
    """
    values = dict.fromkeys(NEEDS, "")
    values[SASL] = ",".join(sasl)
    if multiline:
        values[MULTILINE] = f"max-bytes={multiline[0]},max-lines={multiline[1]}"
    if registration:
        values[REGISTRATION] = ",".join(registration)
    left_out = {
        SASL: not sasl,
        MULTILINE: multiline is None,
        REGISTRATION: registration is None,
    }
    return {name: value for name, value in values.items() if not left_out.get(name)}


def parse_request(
    text: str, offer: Iterable[str], active: frozenset[str], *, version: int = 0
) -> frozenset[str] | None:
    """Return what is active after `CAP REQ :text`, or None if the request is to be refused (NAK).

    It is refused as a whole if it enables what is not in the `offer`, disables what is unknown, or
    disables cap-notify at `version` 302. What needs another capability is accepted without it, in
    any order; see `in_force`.
    """
    names = frozenset(offer)
    wanted = set(active)
    for word in text.split():
        name = word.removeprefix("-")
        if name == word and name in names:
            wanted.add(name)
        elif name != word and name in NEEDS and not _is_implied(name, version):
            wanted.discard(name)
        else:
            return None
    return frozenset(wanted)


def in_force(active: frozenset[str]) -> frozenset[str]:
    """Return which of the `active` capabilities have all that they need."""
    missing = {name for name, needs in _DEPENDING.items() if name in active and not needs <= active}
    return active - missing if missing else active


def parse_version(text: str) -> int:
    """Return the version in `CAP LS text`; 0 if there is none, or if it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def list_lines(offer: Mapping[str, str] | Iterable[str], *, version: int = 0) -> list[list[str]]:
    """Return the parameters of each line of `CAP LS`, or of `CAP LIST` for active ones.

    Values are told from version 302 on; so is the `*` before the list in all lines but the last.
    There is one line at least.
    """
    words = sorted(offer)
    if version >= VALUES_VERSION and isinstance(offer, Mapping):
        words = [f"{name}={offer[name]}" if offer[name] else name for name in words]
    texts = [""]
    for word in words:
        longer = f"{texts[-1]} {word}".lstrip()
        if len(longer.encode()) > MAX_LIST_BYTES and texts[-1]:
            texts.append(word)
        else:
            texts[-1] = longer
    more = ["*"] if version >= VALUES_VERSION else []
    return [[*more, text] for text in texts[:-1]] + [[texts[-1]]]


def _is_implied(name: str, version: int) -> bool:
    return name == CAP_NOTIFY and version >= VALUES_VERSION
