"""The server's options, from the command line, NETCHAT_* in the environment, and a file.

`--login-timeout 20`, `NETCHAT_LOGIN_TIMEOUT=20` and a line `login-timeout 20` in the options file
say the same; the first of them wins. A name that nobody knows is refused, wherever it stands: a
typing error that is ignored in silence costs hours.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from twisted.python import usage

from netchat import __version__
from netchat.doors.limits import Admittance, Limits
from netchat.model.limits import Rules
from netchat.server.options_file import read_options
from netchat.server.settings import SETTINGS, read_network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX = "NETCHAT_"
ENDPOINT = "tcp:5001"
NETWORKS = ("allow", "deny", "trust")
"""Options that name networks."""
SEVERAL = ("listen", *NETWORKS)
"""Options that may be given several times."""
# What Kubernetes and Docker's links put into the environment about a service called netchat.
_FOREIGN = re.compile(r"NETCHAT_(SERVICE_HOST|SERVICE_PORT|PORT_\d+_(TCP|UDP)|ENV_|NAME$)")


class Options(usage.Options):
    """What `twistd netchat` takes; parsed, each value has its type and `rules`, `limits` exist."""

    synopsis = "[options]"
    longdesc = (
        "A chat for private networks: join it with nc, telnet or the netchat client. "
        "Each option can also be given in the environment, --login-timeout as "
        "NETCHAT_LOGIN_TIMEOUT, or in the options file, without the dashes; the command line wins, "
        "then the environment. A limit is off at 0."
    )
    optParameters: ClassVar = [
        [name, None, setting.default, setting.purpose] for name, setting in SETTINGS.items()
    ]

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.update(dict.fromkeys(SETTINGS), **{name: [] for name in SEVERAL})
        self._arguments: Sequence[str] | None = None
        self._file: dict[str, str] = {}
        self._environment = os.environ if environment is None else environment

    def opt_listen(self, endpoint: str) -> None:
        """Where to listen, a Twisted endpoint; may be given several times. [default: tcp:5001]"""
        self["listen"].append(endpoint)

    def opt_allow(self, network: str) -> None:
        """A network whose guests alone are let in, like 10.0.0.0/8; may be given several times."""
        self["allow"].append(network)

    def opt_deny(self, network: str) -> None:
        """A network whose guests are not let in, even if allowed; may be given several times."""
        self["deny"].append(network)

    def opt_trust(self, network: str) -> None:
        """A network that --max-per-address does not hold for; may be given several times."""
        self["trust"].append(network)

    def opt_version(self) -> NoReturn:
        """Show the version and exit."""
        print(f"netchat {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse; what is wrong is said in one sentence on stderr, and ends the process with 1.

        twistd itself would print all of its help, and on stdout.
        """
        self._arguments = options
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"netchat: {error}; see twistd netchat --help") from None

    def read_again(self) -> Options:
        """Return what the same command line and environment say, with the files as they are now.

        UsageError if there is something wrong in one of them.
        """
        again = Options(self._environment)
        again._arguments = self._arguments
        usage.Options.parseOptions(again, self._arguments)
        return again

    def parseArgs(self, *args: str) -> None:
        """Take nothing but options."""
        if args:
            raise usage.UsageError(f"there is no use for {args[0]!r}")

    def postOptions(self) -> None:
        """Give every option its value, from wherever it comes."""
        self._refuse_unknown_variables()
        self["options-file"] = self._text("options-file")
        self._file = self._read_file(self["options-file"])
        for name in SEVERAL:
            self[name] = self[name] or self._words(name)
        self["listen"] = self["listen"] or [ENDPOINT]
        for name in NETWORKS:
            self[name] = tuple(self._read(name, read_network, text) for text in self[name])
        for name, setting in SETTINGS.items():
            text = self._text(name)
            self[name] = self._read(name, setting.read, text) if isinstance(text, str) else text

    @property
    def rules(self) -> Rules:
        """The rules of the conversation."""
        return Rules(
            lobby=self["lobby"],
            motd=self["motd"] or (),
            history=self["history"],
            login_tries=self["login-tries"],
            max_line=self["max-line"],
            max_backlog=self["max-backlog"],
            password=self["password-file"],
            burst=self["burst"] if self["rate"] else 0,
            max_rooms=self["max-rooms"],
            max_rooms_per_guest=self["max-rooms-per-guest"],
            max_renames=self["max-renames"],
        )

    @property
    def limits(self) -> Limits:
        """The limits of a connection."""
        return Limits(**{name: self[name.replace("_", "-")] for name in asdict(Limits())})

    @property
    def admittance(self) -> Admittance:
        """Who is let in."""
        return Admittance(**{name: self[name.replace("_", "-")] for name in asdict(Admittance())})

    def _text(self, name: str) -> Any:
        """Return what is given for an option, or its default."""
        if self[name] is not None:
            return self[name]
        # An empty value is what a compose file hands on for a variable that is not set.
        default = SETTINGS[name].default
        return self._environment.get(_variable(name)) or self._file.get(name, default)

    def _words(self, name: str) -> list[str]:
        """Return what is given elsewhere for an option that may be given several times."""
        return (self._environment.get(_variable(name)) or self._file.get(name, "")).split()

    def _read_file(self, path: str | None) -> dict[str, str]:
        known = {*SETTINGS, *SEVERAL} - {"options-file"}
        try:
            return read_options(path, known, SEVERAL) if path else {}
        except ValueError as error:
            raise usage.UsageError(f"--options-file {error}") from None

    def _refuse_unknown_variables(self) -> None:
        known = {*map(_variable, SEVERAL), *map(_variable, SETTINGS)}
        for variable, text in self._environment.items():
            foreign = _FOREIGN.match(variable) or "://" in text
            if variable.startswith(PREFIX) and variable not in known and not foreign:
                raise usage.UsageError(f"there is no option for {variable} in the environment")

    def _read(self, name: str, read: Callable[[str], Any], text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise usage.UsageError(f"--{name} {error}") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")
