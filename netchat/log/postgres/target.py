"""Where a log on PostgreSQL is: the URL that an operator gives, and what is added to it."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

from msgspec import Struct
from psycopg import Connection, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from psycopg.rows import TupleRow

from netchat.log.interface import LogError

CONNECT_SECONDS = 5
"""After which a host that does not answer is given up, and the next one is tried."""

NOT_IN_URL = (
    "The URL of the log has a password in it, which every user of this machine can read: put it "
    "into a password file of PostgreSQL (PGPASSFILE), a service file or --cluster-password-file."
)
WRONG_URL = (
    "The URL of the log is wrong ({reason}): write it as "
    "postgresql://USER@HOST/DATABASE?sslmode=verify-full."
)
NOT_VERIFIED = (
    "The connection to the log does not verify who {host} is: add sslmode=verify-full to its URL, "
    "and sslrootcert if its certificate is not from a public authority."
)
_ADDED = {
    "target_session_attrs": "read-write",
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives": "1",
    "keepalives_idle": "3",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
    "client_encoding": "UTF8",
    "application_name": "netchat",
}
"""A network that is silent is noticed within these seconds and milliseconds."""


_SECRETS = {"scram_client_key", "scram_server_key"} | {
    option.keyword.decode() for option in Conninfo.get_defaults() if option.dispchar == b"*"
}
"""What nobody may read; libpq marks most of it by an asterisk."""


class Target(Struct, frozen=True):
    """What libpq needs to connect; the password is read from `password_file` each time."""

    parameters: dict[str, str]
    password_file: Path | None = None

    @property
    def hosts(self) -> list[str]:
        """The hosts in the order in which they are tried; a directory is that of a socket."""
        named = self.parameters.get("host") or self.parameters.get("hostaddr")
        return (named or os.environ.get("PGHOST", "")).split(",")

    @property
    def connect_seconds(self) -> float:
        """After which a connection is made, or is not."""
        return CONNECT_SECONDS * len(self.hosts)

    @property
    def where(self) -> str:
        """The hosts, for a sentence."""
        return ", ".join(host or "this machine" for host in self.hosts)

    @property
    def password(self) -> str | None:
        """The password in the file; None: libpq finds one, or needs none. LogError: unreadable."""
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise LogError(
                f"The password file {self.password_file} cannot be read: {reason}."
            ) from error

    def warnings(self) -> list[str]:
        """Return what an operator should change, a sentence each.

        A target has what a service file adds to it once it is `connected`.
        """
        mode = self.parameters.get("sslmode") or os.environ.get("PGSSLMODE")
        far = [host for host in self.hosts if not _is_local(host)]
        if mode == "verify-full" or not far:
            return []
        return [NOT_VERIFIED.format(host=", ".join(far))]


def connected(target: Target, connection: Connection[TupleRow]) -> Target:
    """Return `target` with what libpq has found elsewhere, such as in a service file."""
    found = connection.info.get_parameters() | target.parameters
    return Target(found, target.password_file)


def parse_target(url: str, password_file: Path | None = None) -> Target:
    """Return what `url` says; LogError if it is wrong or has a password in it."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise LogError(WRONG_URL.format(reason="it does not begin with postgresql://"))
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError as error:
        # What libpq says of a wrong URL repeats parts of it, which may be those of a password.
        raise LogError(WRONG_URL.format(reason="PostgreSQL cannot read it")) from error
    if given.keys() & _SECRETS:
        raise LogError(NOT_IN_URL)
    if not given.keys() & {"host", "hostaddr"}:
        # libpq would try all hosts of a service in the time that each may take.
        given = _hosts_of(given.get("service")) | given
    return Target(given | _ADDED, password_file)


def _hosts_of(service: str | None) -> dict[str, str]:
    """Return where the log is by the service file; None: what PGSERVICE says counts."""
    before = os.environ.get("PGSERVICE")
    if service:
        os.environ["PGSERVICE"] = service
    found = {option.keyword.decode(): option.val for option in Conninfo.get_defaults()}
    if before is not None:
        os.environ["PGSERVICE"] = before
    elif service:
        del os.environ["PGSERVICE"]
    hosts = {name: found[name] for name in ("host", "hostaddr", "port")}
    return {name: value.decode() for name, value in hosts.items() if value}


def _is_local(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
