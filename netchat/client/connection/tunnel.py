"""A tunnel through a web proxy: the question, and the answer, without I/O.

Source: RFC 9110 section 9.3.6 (CONNECT), RFC 7617 (Basic authentication).
"""

from __future__ import annotations

import base64
import re

from netchat.client.connection.address import Address, Credentials
from netchat.client.connection.errors import TemporaryError, UserFacingError
from netchat.client.connection.proxy import Proxy
from netchat.model.sanitize import sanitize

_MAX_ANSWER = 64 * 1024
"""Longest head of an answer that is read, in bytes."""
_STATUS = re.compile(rb"HTTP/1\.[01] (?P<code>[1-5][0-9]{2})(?: (?P<reason>[^\r\n]*))?\r?\n")
_HEAD = re.compile(rb"(?s).*?\r?\n\r?\n")
_TEMPORARY = {"408", "429", "500", "502", "503", "504"}
"""The proxy is overloaded, or cannot reach the server at the moment."""


def basic(credentials: Credentials) -> str:
    """Return the value of an Authorization header."""
    return f"Basic {base64.b64encode(':'.join(credentials).encode()).decode()}"


class Tunnel:
    """A tunnel to the server at `address` through `proxy`: send `request`, feed the answer."""

    def __init__(self, proxy: Proxy, address: Address) -> None:
        self._proxy = proxy
        self._address = address
        self._answer = b""

    @property
    def request(self) -> bytes:
        """What to send to the proxy."""
        authority = self._address.ascii_authority
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self._proxy.credentials is not None:
            lines.append(f"Proxy-Authorization: {basic(self._proxy.credentials)}")
        return "\r\n".join([*lines, "", ""]).encode()

    def feed(self, data: bytes) -> bytes | None:
        """Return what the server itself has sent in `data`, or None if the answer goes on.

        Raises UserFacingError if there is no tunnel.
        """
        self._answer += data
        if not b"HTTP/1.".startswith(self._answer[:7]):
            raise self._not_a_proxy()
        head = _HEAD.match(self._answer)
        if head is None:
            if len(self._answer) > _MAX_ANSWER:
                raise self._not_a_proxy()
            return None
        status = _STATUS.match(head[0])
        if status is None:
            raise self._not_a_proxy()
        if status["code"].startswith(b"2"):
            return self._answer[head.end() :]
        raise self._refused(status["code"].decode(), (status["reason"] or b"").decode("latin-1"))

    def closed(self) -> UserFacingError:
        """Return the error for a proxy that closes before it has answered."""
        return TemporaryError(
            f"The proxy {self._proxy} closed the connection without an answer; try again later."
        )

    def timed_out(self) -> UserFacingError:
        """Return the error for a proxy that does not answer."""
        return TemporaryError(
            f"The proxy {self._proxy} does not answer; check {self._proxy.variable}."
        )

    def unreachable(self, why: str) -> UserFacingError:
        """Return the error for a proxy that cannot be reached because of `why`."""
        return TemporaryError(
            f"The proxy {self._proxy} cannot be reached ({why}); check {self._proxy.variable}."
        )

    def _not_a_proxy(self) -> UserFacingError:
        return UserFacingError(
            f"{self._proxy} does not answer as a web proxy does; check {self._proxy.variable}."
        )

    def _refused(self, code: str, reason: str) -> UserFacingError:
        proxy = self._proxy
        if code == "407":
            if proxy.credentials is None:
                return UserFacingError(
                    f"The proxy {proxy} wants a name and a password; "
                    f"write them in {proxy.variable}, as http://NAME:PASSWORD@HOST:PORT."
                )
            return UserFacingError(
                f"The proxy {proxy} does not accept its name and password; "
                f"correct them in {proxy.variable}."
            )
        status = f"{code} {sanitize(reason)}".strip()
        if code in _TEMPORARY:
            return TemporaryError(
                f"The proxy {proxy} cannot connect to {self._address.authority} ({status}); "
                "try again later."
            )
        return UserFacingError(
            f"The proxy {proxy} refuses to connect to {self._address.authority} ({status}); "
            "ask the people who run it to allow it."
        )
