"""What the web door answers: a file of the page, or a short page with a sentence."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from twisted.web.http import datetimeToString

if TYPE_CHECKING:
    from twisted.web.http import Request

    from netchat.doors.web.files import StaticFile

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_PAGE_HEADERS = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}


def send_file(request: Request, file: StaticFile) -> None:
    """Answer a GET or HEAD with `file`, compressed if the client takes that."""
    compressed = bool(file.compressed) and _accepts_gzip(request)
    tag = f'"{file.tag}-gz"' if compressed else f'"{file.tag}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept-encoding"}
    if _has_tag(request, file.tag):
        _send(request, HTTPStatus.NOT_MODIFIED, headers, b"")
        return
    headers["content-type"] = file.content_type
    if compressed:
        headers["content-encoding"] = "gzip"
    _send(request, HTTPStatus.OK, headers, file.compressed if compressed else file.body)


def send_page(request: Request, status: HTTPStatus, sentence: str, **headers: str) -> None:
    """Answer with a page of one `sentence` that says what is wrong and what to do."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    _send(request, status, _PAGE_HEADERS | more, _page(status, sentence))


def send_json(
    request: Request, status: HTTPStatus, body: dict[str, object], **headers: str
) -> None:
    """Answer with `body` as JSON."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"content-type": "application/json", "cache-control": "no-store"}
    _send(request, status, kind | more, msgspec.json.encode(body) + b"\n")


def refusal(status: HTTPStatus, sentence: str, *, is_head: bool) -> bytes:
    """Return a whole answer with a page of one `sentence`; the connection is to be closed."""
    body = _page(status, sentence)
    headers = {
        **SECURITY_HEADERS,
        **_PAGE_HEADERS,
        "date": datetimeToString().decode(),
        "content-length": str(len(body)),
        "connection": "close",
    }
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{''.join(lines)}\r\n".encode()
    return head if is_head else head + body


def _page(status: HTTPStatus, sentence: str) -> bytes:
    title = f"{status.value} {status.phrase}"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><h1>{title}</h1><p>{escape(sentence)}</p>\n"
    ).encode()


def _send(request: Request, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
    request.setResponseCode(status.value, status.phrase.encode())
    for name, value in (SECURITY_HEADERS | headers).items():
        request.setHeader(name, value)
    request.setHeader("date", datetimeToString())
    if status is not HTTPStatus.NOT_MODIFIED:
        request.setHeader("content-length", str(len(body)))
    request.write(body)
    request.finish()


def _accepts_gzip(request: Request) -> bool:
    """Return whether the client takes gzip: it names it, and not with q=0 (RFC 9110, 12.5.3)."""
    for part in (request.getHeader("accept-encoding") or "").split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has_tag(request: Request, tag: str) -> bool:
    """Return whether the client has the file with `tag`, in whatever coding."""
    tags = [part.strip() for part in (request.getHeader("if-none-match") or "").split(",")]
    return "*" in tags or any(
        text.removeprefix("W/").strip('"').removesuffix("-gz") == tag for text in tags
    )
