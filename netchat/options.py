"""The server's options, from the command line and from NETCHAT_* in the environment.

`--login-timeout 20` and `NETCHAT_LOGIN_TIMEOUT=20` say the same; the command line wins. A NETCHAT_
name that nobody knows is refused: a typing error that is ignored in silence costs hours.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from platformdirs import user_state_path
from twisted.python import usage

from netchat import __version__
from netchat.doors.limits import Limits
from netchat.member import Rules
from netchat.names import BadNameError, check_room
from netchat.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX = "NETCHAT_"
ENDPOINT = "tcp:5001"
NOWHERE = ":memory:"
"""In place of a directory: nothing is kept."""
# What Kubernetes and Docker's links put into the environment about a service called netchat.
_FOREIGN = re.compile(r"NETCHAT_(SERVICE_HOST|SERVICE_PORT|PORT_\d+_(TCP|UDP)|ENV_|NAME$)")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"wants a whole number from 0 to 999999999, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < 1e9:
        raise ValueError(f"wants a number of seconds, 0 or more, not {text!r}")
    return seconds


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days < 1e6:
        raise ValueError(f"wants a number of days, 0 or more, not {text!r}")
    return days


def _directory(text: str) -> Path | None:
    if not text:
        raise ValueError(f"wants a directory, or {NOWHERE}")
    return None if text == NOWHERE else Path(text).expanduser().absolute()


def _sync(text: str) -> str:
    if text not in ("full", "normal"):
        raise ValueError(f"is full or normal, not {text!r}")
    return text


def _room(text: str) -> str:
    try:
        return check_room(text)
    except BadNameError as error:
        sentence = str(error).rstrip(".")
        raise ValueError(f"wants the name of a room, not {text!r}: {sentence}") from None


def _lines(path: str) -> tuple[str, ...]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeError:
        raise ValueError(f"wants a text file in UTF-8; {path} is none") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    return tuple(printable(line) for line in text.splitlines())


@dataclass(frozen=True, slots=True)
class _Setting:
    """An option: what it is for, and how its text is read (ValueError: what it wants instead)."""

    purpose: str
    read: Callable[[str], Any]
    default: Any


_RULES, _LIMITS = Rules(), Limits()
_SETTINGS = {
    "data": _Setting(
        "The directory that keeps what is said; :memory: keeps nothing.",
        _directory,
        str(user_state_path("netchat")),
    ),
    "sync": _Setting(
        "full: what is said outlives a power cut; normal: only a crash, but slow disks keep up.",
        _sync,
        "full",
    ),
    "keep-days": _Setting("Days for which what is said is kept; 0 for ever.", _days, 0),
    "keep-lines": _Setting("Lines that are kept of each room; 0 for all.", _count, 0),
    "lobby": _Setting("The room that everybody comes into.", _room, _RULES.lobby),
    "motd": _Setting("A text file to show to everybody who comes in.", _lines, None),
    "history": _Setting(
        "Lines to show of what was said before; 0 for none.", _count, _RULES.history
    ),
    "login-tries": _Setting("Names that a guest may try.", _count, _RULES.login_tries),
    "login-timeout": _Setting(
        "Seconds until a guest must have a name.", _seconds, _LIMITS.login_timeout
    ),
    "max-login-line": _Setting("Bytes in a line before the name.", _count, _LIMITS.max_login_line),
    "max-line": _Setting("Bytes in a line.", _count, _LIMITS.max_line),
    "line-timeout": _Setting(
        "Seconds in which a line that is too long must end.", _seconds, _LIMITS.line_timeout
    ),
    "max-backlog": _Setting(
        "Bytes that a guest may be behind in his reading.", _count, _LIMITS.max_backlog
    ),
    "close-timeout": _Setting(
        "Seconds in which a guest must take his last lines.", _seconds, _LIMITS.close_timeout
    ),
}


class Options(usage.Options):
    """What `twistd netchat` takes; parsed, each value has its type and `rules`, `limits` exist."""

    synopsis = "[options]"
    longdesc = (
        "A chat for private networks: join it with nc, telnet or the netchat client. "
        "Each option can also be given in the environment, --login-timeout as "
        "NETCHAT_LOGIN_TIMEOUT; the command line wins. A limit is off at 0."
    )
    optParameters: ClassVar = [
        [name, None, setting.default, setting.purpose] for name, setting in _SETTINGS.items()
    ]

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self["listen"] = []
        self._environment = os.environ if environment is None else environment

    def opt_listen(self, endpoint: str) -> None:
        """Where to listen, a Twisted endpoint; may be given several times. [default: tcp:5001]"""
        self["listen"].append(endpoint)

    def opt_version(self) -> NoReturn:
        """Show the version and exit."""
        print(f"netchat {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse; what is wrong is said in one sentence on stderr, and ends the process with 1.

        twistd itself would print all of its help, and on stdout.
        """
        try:
            self._take_environment()
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"netchat: {error}; see twistd netchat --help") from None

    def parseArgs(self, *args: str) -> None:
        """Take nothing but options."""
        if args:
            raise usage.UsageError(f"there is no use for {args[0]!r}")

    def postOptions(self) -> None:
        """Give every value its type."""
        self._refuse_unknown_variables()
        self["listen"] = self["listen"] or self._environment.get(f"{PREFIX}LISTEN", "").split()
        self["listen"] = self["listen"] or [ENDPOINT]
        for name, setting in _SETTINGS.items():
            if isinstance(self[name], str):
                self[name] = self._read(name, setting, self[name])

    @property
    def rules(self) -> Rules:
        """The rules of the conversation."""
        return Rules(
            lobby=self["lobby"],
            motd=self["motd"] or (),
            history=self["history"],
            login_tries=self["login-tries"],
            max_line=self["max-line"],
        )

    @property
    def limits(self) -> Limits:
        """The limits of a connection."""
        return Limits(**{name: self[name.replace("_", "-")] for name in asdict(_LIMITS)})

    def _take_environment(self) -> None:
        for name in _SETTINGS:
            # An empty value is what a compose file hands on for a variable that is not set.
            self[name] = self._environment.get(_variable(name)) or self[name]

    def _refuse_unknown_variables(self) -> None:
        known = {"NETCHAT_LISTEN", *map(_variable, _SETTINGS)}
        for variable, text in self._environment.items():
            foreign = _FOREIGN.match(variable) or "://" in text
            if variable.startswith(PREFIX) and variable not in known and not foreign:
                raise usage.UsageError(f"there is no option for {variable} in the environment")

    def _read(self, name: str, setting: _Setting, text: str) -> Any:
        try:
            return setting.read(text)
        except ValueError as error:
            raise usage.UsageError(f"--{name} {error}") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")
