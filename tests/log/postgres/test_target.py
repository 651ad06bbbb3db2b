"""What a URL of a log may say, and what it must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.log.interface import LogError
from netchat.log.postgres.target import parse_target

if TYPE_CHECKING:
    from pathlib import Path

SERVICES = """
[chat]
host=db1.example,db2.example
port=5433,5434
dbname=chat
password=secret
"""


@pytest.fixture(autouse=True)
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service file, and nothing that the one who runs the tests has set."""
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "services").write_text(SERVICES, encoding="utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))


@pytest.mark.parametrize(
    ("url", "hosts", "port"),
    [
        ("postgresql://chat@db.example/chat", ["db.example"], None),
        ("postgres://db1:1,db2:2/chat", ["db1", "db2"], "1,2"),
        ("postgresql://[::1]:5,[2001:db8::1]/chat", ["::1", "2001:db8::1"], "5,"),
        ("postgresql://%2Frun%2Fpostgresql/chat", ["/run/postgresql"], None),
        ("postgresql:///chat?host=/run/postgresql", ["/run/postgresql"], None),
        ("postgresql://db/chat?hostaddr=192.0.2.1", ["db"], None),
        ("postgresql:///chat?hostaddr=192.0.2.1", ["192.0.2.1"], None),
        ("postgresql:///chat?service=chat", ["db1.example", "db2.example"], "5433,5434"),
        ("postgresql:///chat?service=chat&port=7", ["db1.example", "db2.example"], "7"),
        ("postgresql://other/chat?service=chat", ["other"], None),
        ("postgresql:///chat?service=none", [""], "5432"),
        ("postgresql:///chat", [""], "5432"),
    ],
)
def test_the_hosts_are_those_of_the_url_or_of_its_service(
    url: str, hosts: list[str], port: str | None
) -> None:
    target = parse_target(url)
    assert target.hosts == hosts
    assert target.parameters.get("port") == port
    assert "secret" not in str(target)


def test_a_service_may_be_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "chat")
    assert parse_target("postgresql:///chat").hosts == ["db1.example", "db2.example"]
    assert parse_target("postgresql:///chat?service=none").hosts == [""]
    assert parse_target("postgresql:///chat").hosts == ["db1.example", "db2.example"]


def test_further_options_are_kept_and_those_of_netchat_count() -> None:
    text = "passfile=/etc/chat&options=-c%20search_path%3Dchat&target_session_attrs=any"
    parameters = parse_target(f"postgresql://db/chat?{text}&connect_timeout=0").parameters
    assert parameters["passfile"] == "/etc/chat"
    assert parameters["options"] == "-c search_path=chat"
    assert parameters["target_session_attrs"] == "read-write"
    assert parameters["connect_timeout"] == "5"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://chat:secret@db/chat",
        "postgresql://chat:sec%72et@db1,db2/chat",
        "postgresql://chat:secret@[::1]:5432/chat",
        "postgresql://chat@db/chat?password=secret",
        "postgresql://chat@db/chat?password=",
        "postgresql://chat@db/chat?pass%77ord=secret",
        "postgresql://chat@db/chat?service=chat&password=secret",
        "postgresql://chat@db/chat?sslpassword=secret",
    ],
)
def test_a_secret_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(LogError, match="--cluster-password-file") as caught:
        parse_target(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://chat:secret@[::1/chat",
        "postgresql://chat:secret@db/chat?colour=red",
        "postgresql://chat:sec%zzret@db/chat",
        "postgresql://chat:secret@db/chat?password",
        "host=db password=secret",
    ],
)
def test_what_is_wrong_in_a_url_is_not_repeated(url: str) -> None:
    with pytest.raises(LogError, match="sslmode=verify-full") as caught:
        parse_target(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["scram_client_key", "scram_server_key", "oauth_client_secret"])
def test_what_stands_for_a_password_is_refused_also_where_libpq_does_not_know_it(name: str) -> None:
    with pytest.raises(LogError) as caught:
        parse_target(f"postgresql://chat@db/chat?{name}=secret")
    assert "=secret" not in str(caught.value)
