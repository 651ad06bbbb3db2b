"""The log that the options name: what is refused before anything is connected."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from twisted.internet.testing import MemoryReactorClock

from netchat.build import build_service
from netchat.log.interface import Log
from netchat.server import site_log as module
from netchat.server.site_log import server_name, site_log
from netchat.server.start_error import StartError
from netchat.threads.worker import InlineWorker
from tests.server.test_options import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "postgresql://netchat@127.0.0.1/chat"


class Reactor(MemoryReactorClock):
    """A reactor in memory to which no thread belongs."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def callFromThread(self, call: Callable[[], None]) -> None:
        """Call `call` in the next turn."""
        self.callLater(0, call)


def log_of(*arguments: str) -> Log | None:
    return site_log(parse("--cluster-name=one", *arguments), Reactor())


def test_a_server_alone_has_none() -> None:
    assert site_log(parse("--data=/var/lib/netchat"), Reactor()) is None


@pytest.mark.parametrize(
    "option", ["--cluster-name=one", "--cluster-password-file=secret", "--advertise=chat1.lan:5001"]
)
def test_an_option_for_a_site_alone_is_refused(option: str) -> None:
    name = option.partition("=")[0]
    with pytest.raises(StartError, match=f"{name} is for one of several servers; give --cluster"):
        site_log(parse("--data=/var/lib/netchat", option), Reactor())


def test_a_log_is_on_the_postgresql_of_the_url() -> None:
    log = log_of("--data=/var/lib/netchat", "--cluster", URL)
    assert log is not None
    assert not log.trouble


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://netchat:secret@127.0.0.1/chat",
        "postgresql://netchat@127.0.0.1/chat?password=secret",
        "postgresql://netchat@127.0.0.1/chat?sslpassword=secret",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(
        StartError, match=r"PGPASSFILE.*service file.*--cluster-password-file"
    ) as why:
        log_of("--data=/x", "--cluster", url)
    assert "secret" not in str(why.value)


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "", "postgresql://[x/y", "postgresql://x/y?nothing=1"]
)
def test_what_is_no_url_of_postgresql_is_refused(url: str) -> None:
    with pytest.raises(StartError, match="write it as postgresql://USER@HOST"):
        log_of("--data=/x", f"--cluster={url or ' '}")


def test_a_server_of_a_site_has_a_journal_on_disk() -> None:
    with pytest.raises(StartError, match="give --data a directory instead of :memory:"):
        log_of("--data=:memory:", "--cluster", URL)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("netchat.log.postgres.log", "netchat.log.postgres.target"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [name for name in sys.modules if name.startswith("netchat.log.postgres.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(
        StartError, match=r"needs psycopg; install netchat with its extra `cluster`"
    ):
        log_of("--data=/x", "--cluster", URL)


def test_a_server_is_called_as_its_machine_unless_it_has_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "gethostname", lambda: "berlin.chat.example")
    assert server_name(parse()) == "berlin"
    assert server_name(parse("--cluster-name=one")) == "one"


def test_a_machine_without_a_name_that_can_be_used_wants_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "gethostname", lambda: "x" * 40)
    with pytest.raises(StartError, match="give it --cluster-name"):
        server_name(parse())


def test_a_log_that_cannot_be_reached_keeps_the_server_from_starting(tmp_path: Path) -> None:
    options = parse(
        "--data", str(tmp_path), "--cluster", f"{URL}?port=1", "--listen=tcp:0", "--no-web"
    )
    service = build_service(options, Reactor(), worker=InlineWorker)
    with pytest.raises(StartError, match=r"The log on 127\.0\.0\.1 cannot be reached"):
        service.startService()
    closed: list[bool] = []
    service.factory.chat.journal.close(partial(closed.append, True))
    assert closed
