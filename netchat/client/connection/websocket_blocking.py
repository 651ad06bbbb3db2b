"""A WebSocket on a blocking socket, without a reactor, through a proxy if there is one."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from netchat.client.connection.address import Address, WebAddress
from netchat.client.connection.errors import closed_silently, not_netchat
from netchat.client.connection.proxy import Proxy, find_proxy
from netchat.client.connection.tls_blocking import start_tls
from netchat.client.connection.trust import Trust
from netchat.client.connection.tunnel import Tunnel
from netchat.client.connection.websocket import WebSocket
from netchat.model.lines import whole_lines


class BlockingWebSocket:
    """A WebSocket that reads and writes JSON lines with their line ends, as a socket does."""

    def __init__(
        self, address: WebAddress, timeout: float, trust: Trust | None, proxy: Proxy | None
    ) -> None:
        self._address = address
        self._websocket = WebSocket(address)
        self._lines = b""
        if proxy is None:
            self._socket = socket.create_connection((address.host, address.port), timeout)
        else:
            self._socket = _open_tunnel(proxy, address, timeout)
        try:
            if address.secure:
                self._socket = start_tls(self._socket, address, trust)
            self._shake_hands()
        except BaseException:
            self._socket.close()
            raise

    def sendall(self, lines: bytes) -> None:
        """Send `lines`."""
        for line in whole_lines(lines):
            self._websocket.send_line(line)
        self._flush()

    def recv(self, size: int) -> bytes:
        """Return at most `size` bytes of lines, none after the end."""
        while not self._lines and self._websocket.is_open:
            self._receive()
        lines, self._lines = self._lines[:size], self._lines[size:]
        return lines

    def close(self) -> None:
        """Close the connection, with a closing handshake if it is still open."""
        try:
            self._websocket.close()
            self._flush()
        except OSError:
            # The server has closed it.
            pass
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _shake_hands(self) -> None:
        self._flush()
        silent = True
        while not self._websocket.is_accepted:
            if not self._receive():
                raise closed_silently(self._address) if silent else not_netchat(self._address)
            silent = False

    def _receive(self) -> bool:
        """Wait for data; return whether there is any."""
        data = self._socket.recv(65536)
        if data:
            self._lines += b"".join(self._websocket.feed(data))
            self._flush()
        else:
            self._websocket.feed_end()
        return bool(data)

    def _flush(self) -> None:
        output = self._websocket.take_output()
        if output:
            self._socket.sendall(output)


def open_websocket(
    address: WebAddress, timeout: float, trust: Trust | None, environment: Mapping[str, str]
) -> BlockingWebSocket:
    """Return a WebSocket to `address`, through the proxy in `environment` if there is one.

    Raises UserFacingError if a handshake fails or the server is not trusted, and OSError.
    """
    return BlockingWebSocket(address, timeout, trust, find_proxy(address, environment))


def _open_tunnel(proxy: Proxy, address: Address, timeout: float) -> socket.socket:
    tunnel = Tunnel(proxy, address)
    try:
        connection = socket.create_connection((proxy.address.host, proxy.address.port), timeout)
    except UnicodeError as error:
        # The host is not valid in IDNA, so that no system can look it up.
        raise tunnel.unreachable("there is no such host") from error
    except OSError as error:
        raise tunnel.unreachable(error.strerror or str(error)) from error
    try:
        connection.sendall(tunnel.request)
        rest = None
        # Byte by byte, because what comes after the answer belongs to TLS.
        while rest is None:
            data = connection.recv(1)
            if not data:
                raise tunnel.closed()
            rest = tunnel.feed(data)
    except TimeoutError as error:
        connection.close()
        raise tunnel.timed_out() from error
    except BaseException:
        connection.close()
        raise
    return connection
