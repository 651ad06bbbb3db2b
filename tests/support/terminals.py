"""A terminal in memory, and the client's frontend on it, with a chat that the test scripts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyte
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from netchat.client.conversation.display_lines import JoinLine, LeaveLine, SaidLine
from netchat.client.conversation.interfaces import NO_SECRETS, Frontend, OpenRoom, SecretKind
from netchat.client.frontends.screen import Screen
from netchat.client.frontends.terminal import TerminalFrontend
from netchat.client.settings.settings import Settings
from netchat.client.settings.settings_file import SettingsFile

NOON = time.mktime((2026, 1, 1, 12, 0, 0, 0, 0, -1))
"""Twelve o'clock, local time."""
LOBBY = OpenRoom("lobby", members=2, current=True)


class Terminal:
    """A terminal with a scrollback; it is the standard output of a program."""

    encoding = "utf-8"

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.written = ""
        self._screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.5)
        self._stream = pyte.Stream(self._screen)
        self.told: Size | None = None
        """The size that it tells, if that is not the one that it has."""
        self.output = Vt100_Output(
            self,  # type: ignore[arg-type]
            self._size,
            term="xterm-256color",
            default_color_depth=ColorDepth.DEPTH_8_BIT,
            enable_cpr=False,
        )

    def _size(self) -> Size:
        return self.told or Size(rows=self._screen.lines, columns=self._screen.columns)

    def write(self, text: str) -> None:
        self.written += text
        self._stream.feed(text)

    def flush(self) -> None:
        """Do nothing: what is written is shown."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return -1

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)

    @property
    def cell_styles(self) -> list[Any]:
        """The cells of the row with the cursor."""
        row = self._screen.buffer[self._screen.cursor.y]
        return [row[column] for column in range(self._screen.columns)]

    def style_of(self, text: str) -> Any:
        """Return the first cell of `text`, where it is shown last."""
        for number in reversed(range(self._screen.lines)):
            column = self._screen.display[number].find(text)
            if column >= 0:
                return self._screen.buffer[number][column]
        raise AssertionError("\n".join(self._screen.display))

    @property
    def rows(self) -> list[str]:
        """The rows down to the one with the cursor, without those that are empty."""
        rows = self._screen.display[: self._screen.cursor.y + 1]
        return [row.rstrip() for row in rows if row.strip()]

    @property
    def status(self) -> list[str]:
        """The rows below the one with the cursor that are not empty."""
        rows = self._screen.display[self._screen.cursor.y + 1 :]
        return [row.rstrip() for row in rows if row.strip()]

    @property
    def scrollback(self) -> list[str]:
        """The rows that have left the screen at its top."""
        columns = range(self._screen.columns)
        rows = ["".join(row[x].data for x in columns) for row in self._screen.history.top]
        return [row.rstrip() for row in rows]

    @property
    def title(self) -> str:
        return str(self._screen.title)


class ScriptedChat:
    """A `ChatClient` whose rooms the test sets, and which records what is said and done."""

    def __init__(self) -> None:
        self.name = "Alice"
        self.participants: list[str] = ["Alice", "Bob"]
        self.rooms: list[str] = ["lobby"]
        self.open_rooms: Sequence[OpenRoom] = (LOBBY,)
        self.online = True
        self.delay: float | None = None
        self.leaving = False
        self.line_limit = 4096
        self.can_send = True
        self.said: list[str] = []
        self.done: list[tuple[str, ...]] = []
        self.watched: Collection[str] = ()

    @property
    def current(self) -> str:
        return next((room.name for room in self.open_rooms if room.current), "")

    def say(self, text: str) -> None:
        self.said.append(text)

    def say_text(self, text: str) -> None:
        self.said.append(f"text: {text}")

    def go_to(self, name: str) -> None:
        self.done.append(("go to", name))
        self.open_rooms = tuple(
            replace(room, current=room.name == name) for room in self.open_rooms
        )

    def go_to_next_news(self) -> None:
        self.done.append(("go to next news",))

    def leave_room(self, name: str) -> None:
        self.done.append(("leave", name))

    def older(self) -> None:
        self.done.append(("older",))

    def watch(self, words: Collection[str]) -> None:
        self.watched = words

    def own_with_password(self, password: str) -> None:
        self.done.append(("own", password))

    def retry_with(self, kind: SecretKind, secret: str) -> None:
        self.done.append(("retry", kind, secret))

    def leave(self, timeout: float | None) -> None:
        self.leaving = True

    def pauseProducing(self) -> None:
        """Do nothing: nothing is read."""

    def resumeProducing(self) -> None:
        """Do nothing: nothing is read."""


class User:
    """A user called Alice at a `terminal`, in a `chat` that the test scripts; time is `clock`."""

    def __init__(
        self,
        terminal: Terminal,
        keyboard: PipeInput,
        directory: Path,
        environ: Mapping[str, str],
        **options: Any,
    ) -> None:
        self.terminal = terminal
        self.chat = ScriptedChat()
        self.clock = Clock()
        self.now = NOON
        self.settings = Settings(SettingsFile(directory / "client.toml"))
        self._keyboard = keyboard
        self.frontend = TerminalFrontend(
            "Alice",
            self._connect,
            clock=self.clock,
            history=directory / "history",
            settings=self.settings,
            now=lambda: self.now + self.clock.seconds(),
            environ=environ,
            screen=Screen(terminal.output),
            **options,
        )

    def _connect(
        self, name: str, frontend: Frontend, secrets: Mapping[SecretKind, str] = NO_SECRETS
    ) -> Any:
        return self.chat

    async def sees(self, *rows: str) -> None:
        """Wait until these `rows` are the last ones, down to the one with the cursor."""
        await self.waits(lambda: self.terminal.rows[-len(rows) :] == list(rows))

    async def waits(self, for_this: Callable[[], bool]) -> None:
        """Let the frontend work until `for_this` returns true."""
        for _ in range(100):
            if for_this():
                return
            await self.settles()
        raise AssertionError("\n".join([*self.terminal.rows, "--", *self.terminal.status]))

    async def settles(self) -> None:
        """Let the frontend do what it has to do now."""
        app = self.frontend._editor._active.app
        for _ in range(50):
            await asyncio.sleep(0)
        # While there is something else to do, it draws a little later.
        while app._invalidated:
            await asyncio.sleep(0)

    async def types(self, keys: str) -> None:
        self._keyboard.send_text(keys)
        await self.settles()

    async def sets(self, setting: str) -> None:
        self.settings.command(f"/set {setting}")
        await self.settles()

    async def shows(self, *lines: Any) -> None:
        for line in lines:
            self.frontend.show(line)
        await self.settles()

    def rooms(self, *rooms: OpenRoom) -> None:
        self.chat.open_rooms = rooms
        self.frontend.rooms_changed()

    def members(self, count: int) -> None:
        self.rooms(replace(LOBBY, members=count))

    async def resizes(self, columns: int, rows: int) -> None:
        """Resize the window, as its signal reports it."""
        self.terminal.resize(columns, rows)
        self.frontend._editor._active.app._on_resize()
        await self.settles()


def at_a_terminal(
    directory: Path,
    test: Callable[[User], Awaitable[None]],
    *,
    columns: int = 80,
    rows: int = 24,
    environ: Mapping[str, str] | None = None,
    **options: Any,
) -> None:
    """Run `test` with a user who is in the chat; afterwards they leave."""

    async def run() -> None:
        terminal = Terminal(columns, rows)
        with (
            create_pipe_input() as keyboard,
            create_app_session(input=keyboard, output=terminal.output),
        ):
            user = User(
                terminal, keyboard, directory, environ or {"TERM": "xterm-256color"}, **options
            )
            loop = asyncio.get_running_loop()
            done = Deferred.fromCoroutine(user.frontend.run()).asFuture(loop)
            user.frontend.entered(again=False)
            await user.settles()
            try:
                await test(user)
            finally:
                user.frontend.interrupt()
                user.frontend.closed("", 0)
                await done

    # A browser of another test may have left its event loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def said(name: str, text: str, when: str = "", **more: Any) -> SaidLine:
    """Return a line that `name` said."""
    what = f"{name}: {text}"
    return SaidLine(f"[{when}] {what}" if when else what, name, what, when, b"", **more)


def joined(*names: str) -> JoinLine:
    return JoinLine(f"* {', '.join(names)} joined", names)


def left(*names: str) -> LeaveLine:
    return LeaveLine(f"* {', '.join(names)} left", names)
