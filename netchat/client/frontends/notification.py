"""Notifications outside the terminal: by the terminal itself, or by the desktop.

Their text is what others say, so it never has a control character, and never is an argument that
could be an option. A terminal takes it in one of three escape sequences; one that takes none is not
sent any.
"""

from __future__ import annotations

import shutil
import subprocess  # nosec B404
from base64 import b64encode
from collections.abc import Callable, Mapping

from twisted.internet.interfaces import IReactorTime

from netchat.client.frontends.cells import cut
from netchat.model.sanitize import sanitize

MIN_INTERVAL = 5.0
"""Shortest time between two notifications, in seconds; it limits what a server can do."""
_MAX_COLUMNS = 200
_PROGRAM = "notify-send"
Notify = Callable[[str, str], None]
"""Notifies the user of a text, under a title."""


def clean(text: str) -> str:
    """Return `text` as it may stand in a notification: in one line, and not too long."""
    return cut(sanitize(text), _MAX_COLUMNS)


def sequence_for(environ: Mapping[str, str]) -> Callable[[str, str], str] | None:
    """Return what makes a title and a text a sequence for the terminal of `environ`.

    None if it takes no notification. One within tmux or screen is not reached.
    """
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if "TMUX" in environ or "STY" in environ or term.startswith(("screen", "tmux")):
        return None
    if term == "xterm-kitty":
        return _osc_99
    if program in ("iTerm.app", "WezTerm", "ghostty") or term in ("wezterm", "xterm-ghostty"):
        return _osc_9
    if term.startswith(("foot", "rxvt-unicode")):
        return _osc_777
    return None


class DesktopNotifications:
    """Runs notify-send, where there is a desktop and it is installed; it is never waited for."""

    __slots__ = ("_clock", "_process", "_program")

    def __init__(self, environ: Mapping[str, str], clock: IReactorTime) -> None:
        desktop = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
        remote = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
        path = environ.get("PATH")
        self._program = shutil.which(_PROGRAM, path=path) if desktop and not remote else None
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None

    def notify(self, title: str, text: str) -> None:
        """Show `text` under `title`, unless the one before is still on its way."""
        if self._program is None or self._process is not None:
            return
        # Imported here because it is large, and needed on a desktop only.
        from html import escape

        # The text may have markup, which must be shown as it is.
        arguments = [self._program, "--app-name=netchat", "--", title, escape(text, quote=False)]
        nowhere = subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(  # noqa: S603  # nosec B603 - it is no shell
                arguments, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
            )
        except OSError:
            self._program = None
            return
        self._clock.callLater(MIN_INTERVAL / 2, self.stop)

    def stop(self) -> None:
        """End the program, if it is still running."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.kill()
            process.wait()


class Notifications:
    """Notifies the user by `terminal` or else by `desktop`, at most once in MIN_INTERVAL."""

    __slots__ = ("_clock", "_desktop", "_last", "_send", "_sequence")

    def __init__(
        self,
        environ: Mapping[str, str],
        send: Callable[[str], None],
        clock: IReactorTime,
    ) -> None:
        self._sequence = sequence_for(environ)
        self._send = send
        self._desktop = DesktopNotifications(environ, clock)
        self._clock = clock
        self._last = -MIN_INTERVAL

    def notify(self, title: str, text: str) -> None:
        """Notify the user of `text`, which was said in what `title` names, if it is time."""
        now = self._clock.seconds()
        if now - self._last < MIN_INTERVAL:
            return
        self._last = now
        title, text = clean(title), clean(text)
        if self._sequence is not None:
            self._send(self._sequence(title, text))
        else:
            self._desktop.notify(title, text)

    def stop(self) -> None:
        """End what is still running."""
        self._desktop.stop()


def _osc_9(title: str, text: str) -> str:
    # A text that begins with a digit would be another command.
    return f"\x1b]9;{title}: {text}\x1b\\"


def _osc_777(title: str, text: str) -> str:
    return f"\x1b]777;notify;{title.replace(';', ',')};{text}\x1b\\"


def _osc_99(title: str, text: str) -> str:
    encoded = b64encode(f"{title}: {text}".encode()).decode()
    return f"\x1b]99;i=netchat:o=unfocused:e=1;{encoded}\x1b\\"
