"""Connections to a PostgreSQL with TLS and passwords, as it is on another machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from netchat.log.interface import LogError, Opened
from netchat.log.postgres import connection
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.target import parse_target
from tests.support.certificates import identity
from tests.support.needs import missing
from tests.support.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "db.example"
PASSWORD = "k9 ö/%@"
RULE = "hostssl all all 127.0.0.1/32 scram-sha-256"


@dataclass
class Far:
    """A PostgreSQL whose certificate for `NAME` is signed by `authority`."""

    postgres: Postgres
    port: int
    authority: Path
    other_authority: Path

    def url(self, host: str = NAME, *, root: Path | None = None, mode: str = "verify-full") -> str:
        """Return the URL of a new database at `host`."""
        database = self.postgres.new_database()
        self.postgres.ask("postgres", f"ALTER DATABASE {database} OWNER TO chat")
        where = f"chat@{host}:{self.port}/{database}?hostaddr=127.0.0.1"
        return f"postgresql://{where}&sslmode={mode}&sslrootcert={root or self.authority}"


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """A PostgreSQL that is reached with TLS and the password alone."""
    if reason := missing("PostgreSQL"):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("certificates")
    authority, other = (identity(folder, name, ca=True) for name in ("ca", "other"))
    server = identity(folder, NAME, authority)
    postgres = Postgres.make()
    postgres.ask("postgres", f"CREATE ROLE chat LOGIN PASSWORD '{PASSWORD}'")
    postgres.stop()
    certificate, key = postgres.data / "server.crt", postgres.data / "server.key"
    certificate.write_bytes(server.pem)
    key.write_bytes(server.key_pem)
    key.chmod(0o600)
    shutil.chown(key, postgres.data.stat().st_uid, postgres.data.stat().st_gid)
    port = postgres.start_far(RULE, ssl="on")
    yield Far(postgres, port, authority.file, other.file)
    postgres.remove()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A file with the right password."""
    made = tmp_path / "password"
    made.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return made


def opened(url: str, password_file: Path | None) -> Opened:
    """Open the log at `url`."""
    return open_log(parse_target(url, password_file), "", 0, None)


def refusal(url: str, password_file: Path | None) -> str:
    """Return why the log at `url` cannot be used; what is raised says no password."""
    with pytest.raises(LogError) as caught:
        opened(url, password_file)
    error: BaseException | None = caught.value
    while error is not None:
        assert PASSWORD not in str(error)
        error = error.__cause__ or error.__context__
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_who_has_the_certificate_of_its_name_is_verified(far: Far, password_file: Path) -> None:
    found = opened(far.url(), password_file)
    assert not [warning for warning in found.warnings if "verify" in warning]


def test_without_verification_there_is_a_warning(far: Far, password_file: Path) -> None:
    found = opened(far.url(mode="require"), password_file)
    assert [warning for warning in found.warnings if "does not verify who db.example is" in warning]


def test_the_certificate_of_another_host_is_refused(far: Far, password_file: Path) -> None:
    sentence = refusal(far.url("db2.example"), password_file)
    assert 'server certificate for "db.example" does not match host name "db2.ex' in sentence
    assert "name the host of its certificate in the URL" in sentence


def test_the_certificate_of_another_authority_is_refused(far: Far, password_file: Path) -> None:
    sentence = refusal(far.url(root=far.other_authority), password_file)
    assert "certificate verify failed" in sentence
    assert "its CA as sslrootcert" in sentence


def test_an_authority_that_is_not_there_is_named(far: Far, password_file: Path) -> None:
    sentence = refusal(far.url(root=Path("/none.pem")), password_file)
    assert 'root certificate file "/none.pem" does not exist' in sentence


def test_a_postgresql_that_wants_tls_is_not_asked_without(far: Far, password_file: Path) -> None:
    assert "let this machine in there, with TLS" in refusal(far.url(mode="disable"), password_file)


def test_a_wrong_password_is_refused(far: Far, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong", encoding="utf-8")
    sentence = refusal(far.url(), tmp_path / "wrong")
    assert 'password authentication failed for user "chat"' in sentence
    assert "give the right one in --cluster-password-file or PGPASSFILE" in sentence


def test_no_password_is_refused(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/none")
    assert "no password supplied" in refusal(far.url(), None)


def test_a_password_may_be_in_the_password_file_of_postgresql(
    far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PASSWORD.replace(":", r"\:")
    place = tmp_path / "pgpass"
    place.write_text(f"{NAME}:{far.port}:*:chat:{text}\n", encoding="utf-8")
    place.chmod(0o600)
    assert opened(f"{far.url()}&passfile={place}", None).last == 0
    monkeypatch.setenv("PGPASSFILE", str(place))
    assert opened(far.url(), None).last == 0


def test_a_password_may_be_in_a_service_file(
    far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "services"
    place.write_text(
        f"[chat]\nhost={NAME}\nhostaddr=127.0.0.1\nport={far.port}\nuser=chat\n"
        f"password={PASSWORD}\ndbname={far.postgres.new_database()}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PGSERVICEFILE", str(place))
    sentence = refusal("postgresql:///?service=chat&sslmode=disable", None)
    assert sentence.startswith("The log on db.example cannot be reached")
    database = far.postgres.new_database()
    far.postgres.ask("postgres", f"ALTER DATABASE {database} OWNER TO chat")
    found = opened(f"postgresql:///{database}?service=chat", None)
    assert [warning for warning in found.warnings if "does not verify who db.example is" in warning]


def test_another_version_of_postgresql_is_refused(
    far: Far, password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OLDEST_VERSION", 99_00_00)
    assert "install PostgreSQL 15 or later" in refusal(far.url(), password_file)


def test_a_postgresql_without_a_place_for_one_more_connection_is_named(
    own_postgres: Postgres,
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    own_postgres.ask("postgres", "CREATE ROLE chat LOGIN")
    own_postgres.stop()
    own_postgres.start(max_connections="4", superuser_reserved_connections="3")
    url = url.replace("netchat@", "chat@")
    with psycopg.connect(url):
        sentence = refusal(url, None)
    assert "raise max_connections there" in sentence
