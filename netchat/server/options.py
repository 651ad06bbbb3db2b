"""The server's options, from the command line, NETCHAT_* in the environment, and a file.

`--login-timeout 20`, `NETCHAT_LOGIN_TIMEOUT=20` and a line `login-timeout = 20` in the options file
have the same meaning; the first of them that is given takes effect. A name that is not an option is
refused in all three places, because nobody would notice a typing error that is ignored.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from twisted.python import usage

from netchat import __version__
from netchat.model.limits import (
    AdmissionLimits,
    ConnectionLimits,
    ConversationLimits,
    Limits,
    RetentionLimits,
    limits_of,
)
from netchat.model.text_file import TextFileReader
from netchat.server.options_file import Kind, OptionsFile, parse_options
from netchat.server.pid_file import PidFileError, remove_stale
from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

R = TypeVar("R")

PREFIX = "NETCHAT_"
# Variables that Kubernetes and Docker's links set for a service called netchat.
_FOREIGN = re.compile(r"NETCHAT_(SERVICE_HOST|SERVICE_PORT|PORT_\d+_(TCP|UDP)|ENV_|NAME$)")
_LISTS = tuple(name for name, setting in SETTINGS.items() if setting.kind is Kind.LIST)
_IN_FILE = {name: setting.kind for name, setting in SETTINGS.items() if name != "options-file"}


def _appends_to(name: str) -> Callable[[Options, str], None]:
    """Return the method that Twisted calls for option `name`; its docstring is the help."""

    def append(options: Options, text: str) -> None:
        options[name].append(text)

    setting = SETTINGS[name]
    default = f" [default: {' '.join(setting.default)}]" if setting.default else ""
    append.__doc__ = setting.help + default
    return append


class Options(usage.Options):
    """The options of `twistd netchat`; once parsed, it maps each option to its value."""

    synopsis = "[options]"
    longdesc = (
        "A chat for private networks: join it with nc, telnet or the netchat client. "
        "Each option can also be given in the environment, --login-timeout as "
        "NETCHAT_LOGIN_TIMEOUT, or in the options file, without the dashes; the command line wins, "
        "then the environment. 0 turns a limit off."
    )
    optParameters: ClassVar = [
        [name, None, None if setting.default == () else setting.default, setting.help]
        for name, setting in SETTINGS.items()
        if setting.kind not in (Kind.LIST, Kind.FLAG)
    ]
    optFlags: ClassVar = [
        [name, None, setting.help]
        for name, setting in SETTINGS.items()
        if setting.kind is Kind.FLAG
    ]
    defaults: dict[str, Any]  # Twisted sets these two, for the help.
    docs: dict[str, str]
    opt_listen = _appends_to("listen")
    opt_trust = _appends_to("trust")
    opt_allow = _appends_to("allow")
    opt_deny = _appends_to("deny")
    opt_web = _appends_to("web")
    opt_ssh = _appends_to("ssh")
    opt_web_host = _appends_to("web-host")
    opt_web_origin = _appends_to("web-origin")
    opt_web_proxy = _appends_to("web-proxy")
    opt_advertise = _appends_to("advertise")

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.update(dict.fromkeys(SETTINGS), **{name: [] for name in _LISTS})
        self._arguments: Sequence[str] | None = None
        self._file = OptionsFile()
        self.files = TextFileReader()
        self._environment = os.environ if environment is None else environment
        self._defaulted: set[str] = set()
        self._show_environment()

    def opt_version(self) -> NoReturn:
        """Show the version and exit."""
        print(f"netchat {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse; an error ends the process with exit code 1 and one sentence on stderr.

        twistd itself would print its whole help, on stdout.
        """
        self._arguments = options
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"netchat: {error}; see twistd netchat --help") from None
        # twistd judges the file next, and by the process id alone.
        if self.parent is not None and (pid_file := self.parent.get("pidfile")):
            try:
                remove_stale(Path(pid_file).absolute())
            except PidFileError as error:
                raise SystemExit(f"netchat: {error}") from None

    def reread(self) -> Options:
        """Parse the same command line and environment again, with the files as they are now.

        Raises UsageError.
        """
        again = Options(self._environment)
        again._arguments, again.files = self._arguments, self.files
        usage.Options.parseOptions(again, self._arguments)
        if self._file.text.strip() and not again._file.text.strip():
            # Without its options, such as the password, the server would be open to everybody.
            path = self._file.path
            raise usage.UsageError(f"--options-file {path} is empty; write at least a comment")
        return again

    def parseArgs(self, *args: str) -> None:
        """Refuse arguments that are not options."""
        if args:
            raise usage.UsageError(f"{args[0]!r} is not an option")

    def postOptions(self) -> None:
        """Set the value of every option, from the place that takes effect."""
        self._refuse_unknown_variables()
        path, _ = self._given("options-file")
        if path:
            try:
                self._file = parse_options(self.files.read(path), _IN_FILE)
            except ValueError as error:
                raise usage.UsageError(f"--options-file {error}") from None
        for name, setting in SETTINGS.items():
            given, where = self._given(name)
            if given is setting.default:
                self._defaulted.add(name)
            if setting.kind is Kind.LIST:
                texts = given or setting.default
                self[name] = tuple(self._read(name, text, where) for text in texts)
            else:
                self[name] = self._read(name, given, where)

    def is_given(self, name: str) -> bool:
        """Return whether option `name` has been given in one of the three places."""
        return name not in self._defaulted

    @property
    def limits(self) -> Limits:
        """All limits of the server."""
        return Limits(
            self._record(RetentionLimits),
            self._record(ConversationLimits),
            self._record(ConnectionLimits),
            self._record(AdmissionLimits),
        )

    def _record(self, record: type[R]) -> R:
        limits = limits_of(record).items()
        return record(**{name: self[limit.option] for name, limit in limits})

    def _show_environment(self) -> None:
        """Let --help show what is set in the environment as the default, for so it is."""
        for name, setting in SETTINGS.items():
            if text := self._environment.get(_variable(name)):
                self.defaults[name] = text
                if setting.kind is Kind.LIST:
                    self.docs[name] = f"{setting.help} [default: {text}]"

    def _given(self, name: str) -> tuple[Any, str]:
        """Return the text of option `name`, or its default; and its place if it is in the file."""
        setting = SETTINGS[name]
        if setting.kind is Kind.FLAG and self[name]:
            return True, ""
        if setting.kind is not Kind.FLAG and self[name] not in (None, []):
            return self[name], ""
        # Compose sets a variable to the empty string if it is not set outside.
        if text := self._environment.get(_variable(name)):
            return text.split() if setting.kind is Kind.LIST else text, ""
        if name in self._file.values:
            return self._file.values[name], f" ({self._file.place_of(name)})"
        return setting.default, ""

    def _refuse_unknown_variables(self) -> None:
        known = set(map(_variable, SETTINGS))
        for variable, text in self._environment.items():
            foreign = _FOREIGN.match(variable) or "://" in text
            if variable.startswith(PREFIX) and variable not in known and not foreign:
                raise usage.UsageError(f"{variable} in the environment is not an option")

    def _read(self, name: str, given: Any, where: str) -> Any:
        """Return the value of a text; a default that is not a text is the value itself."""
        if not isinstance(given, str):
            return given
        try:
            return SETTINGS[name].value_of(given, self.files)
        except ValueError as error:
            raise usage.UsageError(f"--{name} {error}{where}") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")
