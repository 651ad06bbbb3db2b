"""Tells other programs that the server runs, and where: systemd, and readers of a file."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from netchat.server import listening_file
from netchat.server.systemd import Notifier, notify_socket, watchdog_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netchat.server.service import ChatService


class Announcer:
    """Announces `service` from the time when it has started until it stops.

    `environment` and the process id say whether systemd wants to know; `path` is the file that says
    where the server listens, or None.
    """

    log = Logger()

    def __init__(
        self,
        service: ChatService,
        reactor: Any,
        *,
        environment: Mapping[str, str],
        process: int,
        path: Path | None,
    ) -> None:
        self._service = service
        self._path = path
        self._notifier: Notifier | None = None
        if notify := notify_socket(environment):
            chat = service.factory.chat
            self._notifier = Notifier(
                notify,
                chat.journal,
                trouble=lambda: chat.trouble,
                guests=lambda: chat.participants.people,
                clock=reactor,
                watchdog=watchdog_seconds(environment, process),
            )
        reactor.callWhenRunning(self._start)
        reactor.addSystemEventTrigger("before", "shutdown", self._stop)

    def reloading(self) -> AbstractContextManager[None]:
        """Announce that the files are read again within the block."""
        return self._notifier.reloading() if self._notifier else nullcontext()

    def _start(self) -> None:
        if self._path is not None:
            try:
                listening_file.write(self._path, self._service.listening)
            except OSError as error:
                why = error.strerror or error
                self.log.warn("{path} cannot be written: {why}", path=self._path, why=why)
        if self._notifier:
            self._notifier.start()

    def _stop(self) -> None:
        if self._notifier:
            self._notifier.stop()
        if self._path is not None:
            listening_file.remove(self._path, self._service.listening)
