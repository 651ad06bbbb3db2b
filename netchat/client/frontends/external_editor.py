"""The user's own editor, for a long message: it has the terminal, and the conversation goes on."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import Mapping
from contextlib import suppress

from prompt_toolkit.application import in_terminal

from netchat.client.frontends.screen import Screen
from netchat.model.lines import lines_of
from netchat.model.sanitize import sanitize

_USUAL = ("editor", "nano", "vi")
"""The editors that are tried if the user has chosen none."""
_KILL_AFTER = 2.0
"""Seconds that an editor has to end when it is told to."""


class EditorError(Exception):
    """The editor has not written the text; the message is a sentence for the user."""


class ExternalEditor:
    """Runs the editor that `environ` names; meanwhile, `screen` keeps what it is to print."""

    def __init__(self, screen: Screen, environ: Mapping[str, str]) -> None:
        self._screen = screen
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self.running = False
        """Whether the user is writing in the editor."""

    async def edit(self, text: str) -> str:
        """Return what the user makes of `text`, with LF between its lines; raise EditorError.

        The text is in a file that only its owner can read, in a directory of its own, which is
        removed with whatever the editor has left in it.
        """
        if self.running:
            return text
        self.running = True
        try:
            return await self._edit(text, self._command())
        finally:
            self.running = False

    async def _edit(self, text: str, command: list[str]) -> str:
        # Imported here because it is large, and needed for an editor only.
        from netchat.client.frontends.private_directory import private_directory

        place = self._environ.get("XDG_RUNTIME_DIR")
        try:
            with private_directory(place if place and os.path.isdir(place) else None) as private:
                directory, lock = private
                path = directory / "message.txt"
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(text.encode(errors="surrogateescape"))
                await self._run([*command, str(path)], lock)
                return "\n".join(lines_of(path.read_bytes().decode(errors="replace"))).rstrip("\n")
        except OSError as error:
            name = sanitize(error.filename if isinstance(error.filename, str) else command[0])
            raise EditorError(f"The editor cannot be used: {name}: {error.strerror}.") from error

    def stop(self) -> None:
        """End the editor, if one is running: the program ends."""
        process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
            asyncio.get_running_loop().call_later(_KILL_AFTER, self._kill, process)

    def _command(self) -> list[str]:
        for variable in ("VISUAL", "EDITOR"):
            with suppress(ValueError):
                if command := shlex.split(self._environ.get(variable, "")):
                    return command
        found = next(filter(None, map(shutil.which, _USUAL)), None)
        if found is None:
            raise EditorError("There is no editor; set the environment variable EDITOR to one.")
        return [found]

    async def _run(self, command: list[str], lock: int) -> None:
        async with in_terminal():
            with self._screen.held():
                self._process = await asyncio.create_subprocess_exec(*command, pass_fds=(lock,))
                try:
                    code = await self._process.wait()
                finally:
                    self._process = None
                    # Whatever the editor has left in the row is drawn over.
                    self._screen.send("\r")
        if code:
            ended = f"with code {code}" if code > 0 else f"by signal {-code}"
            raise EditorError(f"The editor ended {ended}, and your text is as it was.")

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        if process is self._process:
            with suppress(ProcessLookupError):
                process.kill()
