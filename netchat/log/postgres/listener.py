"""The connection on which PostgreSQL tells that another server has appended something."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import Connection, Error
from psycopg.rows import TupleRow

from netchat.log.interface import LogError
from netchat.log.postgres.connection import Handle, open_connection
from netchat.log.postgres.statements import CHANNEL
from netchat.log.postgres.target import Target
from netchat.threads.background import run_in_background


class Listener:
    """Calls `woken` when another incarnation than `own` has appended, and `ended` at its end.

    `deliver` passes calls to the thread of the reactor. That something was appended is told to make
    a server read at once: it would find it at its next round without that too.
    """

    def __init__(
        self,
        target: Target,
        own: int,
        *,
        deliver: Callable[[Callable[[], None]], object],
        woken: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._target = target
        self._own = str(own)
        self._deliver = deliver
        self._woken = woken
        self._ended = ended
        self._stopped = False
        self._told = False
        self._handle = Handle()

    def start(self) -> None:
        """Begin to listen."""
        run_in_background(self._run, "netchat log")

    def stop(self) -> None:
        """End; nothing is called any more."""
        self._stopped = True
        self._handle.end()

    def _run(self) -> None:
        try:
            with open_connection(self._target, self._handle) as connection:
                self._listen(connection)
        except (Error, LogError):
            self._deliver(self._end)  # The connection that appends says what is wrong.
        finally:
            self._handle.close()

    def _listen(self, connection: Connection[TupleRow]) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._tell()
        for notice in connection.notifies():
            if notice.payload != self._own:
                self._tell()

    def _tell(self) -> None:
        """Wake the server, unless it has been told and has not come to it yet."""
        if not self._told:
            self._told = True
            self._deliver(self._wake)

    def _wake(self) -> None:
        self._told = False
        if not self._stopped:
            self._woken()

    def _end(self) -> None:
        if not self._stopped:
            self._ended()
