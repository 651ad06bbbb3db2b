"""Opens the socket of `netchat admin` in the data directory, and closes it."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from netchat.doors.transport.listen_errors import listen_problem
from netchat.model.admin_socket import socket_path

if TYPE_CHECKING:
    from pathlib import Path

    from twisted.internet.interfaces import IListeningPort

    from netchat.doors.admin.protocol import AdminFactory


class AdminSocket:
    """Listens in `directory`, whose journal this server has locked.

    So no other server uses a socket that is there: it was left behind, and is replaced.
    """

    log = Logger()

    def __init__(self, reactor: Any, directory: Path, factory: AdminFactory) -> None:
        self._reactor = reactor
        self._directory = directory
        self.factory = factory
        self._port: IListeningPort | None = None
        self._path = ExitStack()

    def listen(self) -> None:
        """Listen; the server works without it, so a failure is logged."""
        try:
            path = self._path.enter_context(socket_path(self._directory))
            _remove_socket(path)
            self._port = self._reactor.listenUNIX(path, self.factory, mode=0o600)
        except (OSError, CannotListenError) as error:
            self._path.close()
            self.log.warn(
                "netchat admin cannot reach this server by {directory}: {why}",
                directory=self._directory,
                why=listen_problem(error),
            )

    async def close(self) -> None:
        """Stop listening, and remove the socket."""
        if self._port is not None:
            await maybeDeferred(self._port.stopListening)
            self._port = None
        self.factory.close()
        self._path.close()


def _remove_socket(path: str) -> None:
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        pass
