"""A network between a client and a server, which a test cuts, or lets lose bytes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any


class Relay:
    """Forwards what comes at a port of the loopback to `target`: a path, or a port there."""

    def __init__(self, target: str | int) -> None:
        self.target = target
        """Where new connections are forwarded to."""
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._held = self._flows
        self._loses_answers = False
        self._is_cut = False
        self.held = b""
        """What clients have sent since `hold_requests`, and it keeps."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._run(self._accept)

    def cut(self) -> None:
        """End all connections, and every new one."""
        self._is_cut = True
        self._end_clients(servers=True)

    def mend(self) -> None:
        """Forward again."""
        self._is_cut = self._loses_answers = False
        self._flows.set()
        self._held.set()

    def lose_answers(self) -> None:
        """Forward what the clients send, and lose what they are answered."""
        self._loses_answers = True

    def be_silent(self) -> None:
        """Pass nothing until `mend`, on old connections and new ones; none of them ends."""
        self.lose_answers()
        self.hold_requests()

    def hold_requests(self) -> None:
        """Keep what the clients send until `mend`, even if they end."""
        self.held = b""
        self._flows.clear()

    def pass_new(self) -> None:
        """Forward what comes on new connections, and keep that of the old ones until `mend`."""
        self._held, self._flows = self._flows, threading.Event()
        self._flows.set()

    def end_clients(self) -> None:
        """End the connections as the clients see it; to the other side they are still open."""
        self._end_clients(servers=False)

    def close(self) -> None:
        """End."""
        self._flows.set()
        self._held.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _end_clients(self, *, servers: bool) -> None:
        with self._lock:
            pairs = list(self._pairs)
        for client, server in pairs:
            for end in (client, server) if servers else (client,):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                target: Any = self.target
                on_path = isinstance(target, str)
                server = socket.socket(socket.AF_UNIX if on_path else socket.AF_INET)
                try:
                    if self._is_cut:
                        raise OSError
                    server.connect(target if on_path else ("127.0.0.1", target))
                except OSError:
                    client.close()
                    server.close()
                    continue
                with self._lock:
                    self._pairs.append((client, server))
                self._run(self._forward, client, server)
                self._run(self._answer, server, client)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        flows = self._flows
        with suppress(OSError):
            while data := client.recv(65536):
                if not flows.is_set():
                    self.held += data
                flows.wait()
                server.sendall(data)
        flows.wait()
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if not self._loses_answers:
                    with suppress(OSError):
                        client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._pairs.remove((client, server))
        server.close()
        client.close()

    @staticmethod
    def _run(run: object, *arguments: object) -> None:
        threading.Thread(target=run, args=arguments, daemon=True).start()  # type: ignore[arg-type]
