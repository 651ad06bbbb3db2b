"""How `netchat admin` reaches what it acts on: the running server, or else the journal itself."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep

import msgspec
from msgspec.structs import replace

from netchat.admin.console.alone import JournalConsole, Timers, open_alone
from netchat.admin.stored import journal_in
from netchat.console.answers import AnyRow, End, Row
from netchat.console.execute import execute
from netchat.console.requests import MAX_USER, AnyConsoleRequest
from netchat.console.steps import Outcome
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.lock import JournalInUseError
from netchat.model.admin_socket import socket_path

TRIES, PAUSE = 50, 0.1
"""How often, and after how many seconds, a server that is about to listen is tried again."""
_decode = msgspec.json.Decoder(AnyRow | End).decode
_encode = msgspec.json.Encoder().encode


class RefusedError(Exception):
    """The request is refused; the message is one sentence, `code` as in End."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Link:
    """Asks what is at the other end; `message` is the sentence of the last answer, or ""."""

    def __init__(self, ask: Callable[[AnyConsoleRequest], Iterable[Row | End]]) -> None:
        self._ask = ask
        self._user = current_user()
        self.message = ""

    def ask(self, request: AnyConsoleRequest) -> Iterator[Row]:
        """Yield the rows of the answer to `request`; RefusedError if it is refused."""
        for row in self._ask(replace(request, user=self._user)):
            if not isinstance(row, End):
                yield row
            elif row.code:
                raise RefusedError(row.code, row.message)
            else:
                self.message = row.message
                return
        raise JournalError("The server has closed the connection; its log may say why.")

    def do(self, request: AnyConsoleRequest) -> list[Row]:
        """Return the rows of the answer to `request`; RefusedError if it is refused."""
        return list(self.ask(request))


@contextmanager
def reach(directory: Path, now: Callable[[], float], *, create: bool = False) -> Iterator[Link]:
    """Yield a link to the server of `directory`, or to its journal if no server runs.

    With `create` a missing journal is made. JournalError if neither can be reached; `now` is the
    wall clock.
    """
    with ExitStack() as stack:
        for left in reversed(range(TRIES)):
            if (server := _connect(directory)) is not None:
                yield Link(_Socket(stack.enter_context(server)).ask)
                return
            if not create:
                journal_in(directory)
            try:
                opened = stack.enter_context(open_alone(directory, now))
            except JournalInUseError as error:
                # A server that is about to listen has locked the journal already.
                if not left:
                    raise JournalError(
                        f"A server uses {directory}, but does not answer there; see its log."
                    ) from error
                sleep(PAUSE)
            else:
                yield Link(_Alone(*opened).ask)
                return


@contextmanager
def reach_server(directory: Path) -> Iterator[Link | None]:
    """Yield a link to the server of `directory`; None if none listens there."""
    server = _connect(directory)
    if server is None:
        yield None
    else:
        with server:
            yield Link(_Socket(server).ask)


def current_user() -> str:
    """Return the name of the user who runs this command, also behind sudo."""
    user = os.environ.get("SUDO_USER") if not os.getuid() else ""
    if not user:
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = str(os.getuid())
    return user[:MAX_USER]


class _Socket:
    """Asks the running server over `connection`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    def ask(self, request: AnyConsoleRequest) -> Iterator[Row | End]:
        try:
            self._connection.sendall(_encode(request) + b"\n")
            while line := self._file.readline():
                yield _decode(line)
        except OSError as error:
            raise JournalError(f"The server cannot be asked: {error.strerror}.") from error
        except msgspec.DecodeError as error:
            raise JournalError(
                "The server answers in another version; use the netchat that it was started with."
            ) from error


class _Alone:
    """Asks the journal, which is open for this command."""

    def __init__(self, console: JournalConsole, timers: Timers) -> None:
        self._console = console
        self._timers = timers

    def ask(self, request: AnyConsoleRequest) -> Iterator[Row | End]:
        answers: list[Outcome | End] = []
        execute(request, self._console, answers.append)
        self._timers.run(lambda: bool(answers))
        for answer in answers:
            if isinstance(answer, End):
                yield answer
            else:
                yield from answer.rows
                yield End(message=answer.message)


def _connect(directory: Path) -> socket.socket | None:
    """Return a connection to the server of `directory`; None if none listens there."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        with socket_path(directory) as path:
            connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise JournalError(
            f"The server of {directory} cannot be reached: {error.strerror}; run this command as "
            "the user of the server, or as root."
        ) from error
    return connection
