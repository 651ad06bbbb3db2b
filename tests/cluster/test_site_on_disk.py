"""Servers of a site with journals on disk: each has all of it, and goes on where it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

import pytest

from netchat.admin import backup, verify
from netchat.chat.changes import change_as
from netchat.journal.sqlite.write_batch import WriteBatch
from netchat.model.events import Event, Said
from netchat.server.start_error import StartError
from netchat.state.changes import CONSOLE, SERVER, Change, Lift, OwnName, Restrict
from netchat.state.site_changes import Reach, TakeDigest
from netchat.state.site_records import Digest, Presence
from netchat.testing import START, Network
from tests.support.site import Site

if TYPE_CHECKING:
    from netchat.testing import Program


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(0)
    for number in (1, 2):
        site.start(f"s{number}", "--data", str(tmp_path / f"s{number}"))
    return site


def say(program: Program, text: str) -> None:
    program.ask("say", room="lobby", text=text, nonce=text)


def texts(program: Program) -> list[tuple[int, str]]:
    return [(x["id"], x["text"]) for x in program.told() if x["type"] == "said"]


def resume(server: Network, after: int) -> list[tuple[int, str]]:
    """Return the lines that a program gets that has those up to `after`."""
    program = server.program("reader", rooms=["lobby"], after={"lobby": after})
    server.settle()
    found = texts(program)
    program.ask("bye")
    return found


def test_every_journal_has_the_same_lines_under_one_identifier(site: Site) -> None:
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    ben = two.program("Ben", rooms=["lobby"])
    site.settle()
    say(ann, "a")
    say(ben, "b")
    site.settle()
    lines = resume(one, 0)
    assert lines == resume(two, 0)
    assert [text for _, text in lines] == ["a", "b"]
    assert len({server.service.factory.chat.journal.id for server in site.servers}) == 1


@pytest.mark.parametrize("crash", [False, True])
def test_a_server_goes_on_where_it_was(site: Site, tmp_path: Path, crash: bool) -> None:
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    ben = two.program("Ben", rooms=["lobby"])
    site.settle()
    say(ben, "before")
    site.settle()
    site.stop(two, crash=crash)
    ann.told()
    say(ann, "meanwhile")
    site.settle()
    two = site.start("s2", "--data", str(tmp_path / "s2"))
    assert site.is_alike()
    assert [text for _, text in resume(two, 0)] == ["before", "meanwhile"]
    ben = two.program("Ben", rooms=["lobby"])
    site.settle()
    assert "welcome" in [x["type"] for x in ben.told()]
    assert site.is_alike()


def test_a_server_that_starts_again_ends_what_its_last_start_has_left(
    site: Site, tmp_path: Path
) -> None:
    one, two = site.servers
    eve = one.join("Eve")
    two.join("Ben")
    site.settle()
    eve.heard()
    site.logs[1].cut()
    stopped = two.stop()
    site.advance(5)
    assert stopped.called
    assert eve.heard() == []
    site.start("s2", "--data", str(tmp_path / "s2"))
    assert eve.heard() == ["* Ben left"]
    assert site.is_alike()


def test_a_new_server_starts_from_a_copy_of_another_journal(site: Site, tmp_path: Path) -> None:
    one, _ = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    site.settle()
    say(ann, "first")
    site.settle()
    (tmp_path / "s3").mkdir()
    assert backup.main([str(tmp_path / "s1"), str(tmp_path / "s3" / "journal.sqlite")]) == 0
    say(ann, "second")
    site.settle()
    site.log.trim(1e12)
    three = site.start("s3", "--data", str(tmp_path / "s3"))
    assert [text for _, text in resume(three, 0)] == ["first", "second"]
    assert site.is_alike()


def test_two_journals_of_a_site_are_compared(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    site.settle()
    say(ann, "a")
    site.settle()
    both = [str(tmp_path / "s1"), "--against", str(tmp_path / "s2")]
    assert verify.main(both) == 0
    assert capsys.readouterr().out.endswith(": no difference.\n")
    journal = two.service.factory.chat.journal
    journal.append([Said("lobby", "Eve", "only here", START)], lambda _: None)
    say(ann, "b")
    site.settle()
    assert verify.main(both) == 1
    assert "room lobby: line 2 differs\n" in capsys.readouterr().out


def test_every_server_has_the_digest_that_is_asked_for(site: Site) -> None:
    one, two = site.servers
    one.join("Ann")
    site.settle()
    change_as(two.service.factory.chat, CONSOLE, TakeDigest(), lambda _: None)
    site.settle()
    digests = [server.service.factory.chat.state.find(Digest, "") for server in site.servers]
    assert digests[0] is not None
    assert digests[0] == digests[1]


def test_nothing_is_stored_behind_an_entry_that_could_not_be_stored(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bugs: list[dict[str, object]]
) -> None:
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    site.settle()
    failing = [True]
    write = WriteBatch.write

    def write_or_fail(batch: WriteBatch) -> None:
        if failing and str(tmp_path / "s2") in str(path_of(batch)):
            failing.clear()
            raise sqlite3.OperationalError("disk I/O error")
        write(batch)

    monkeypatch.setattr(WriteBatch, "write", write_or_fail)
    for number in range(3):
        ann.ask("say", room="lobby", text=f"line {number}")
    site.settle()
    site.advance(3)
    assert not failing
    assert "cannot store what the others have heard" in str(bugs.pop()["why"])
    # What was on its way to the disk meanwhile is refused, too.
    results: list[Event] = []
    behind = [Said("lobby", "Eve", "behind", START), Change(Reach(99, 1, 99), SERVER, 0)]
    two.service.factory.chat.journal.append(behind, results.extend)
    assert [getattr(result, "code", "") for result in results] == ["storage", "storage"]
    site.stop(two)
    two = site.start("s2", "--data", str(tmp_path / "s2"))
    assert [text for _, text in resume(two, 0)] == ["line 0", "line 1", "line 2"]
    assert site.is_alike()


def path_of(batch: WriteBatch) -> str:
    """Return the path of the file that `batch` is written to."""
    return str(batch._connection.execute("PRAGMA database_list").fetchone()[2])


def test_a_site_that_began_with_a_journal_refuses_a_server_that_lacks_what_was_in_it(
    tmp_path: Path,
) -> None:
    data = "--data", str(tmp_path / "s1")
    say(alone := Network(*data).program("Ann", rooms=["lobby"]), "old")
    stop(alone.network)
    assert backup.main([str(tmp_path / "s1"), str(tmp_path / "early.sqlite")]) == 0
    say(alone := Network(*data).program("Ann", rooms=["lobby"]), "newer")
    stop(alone.network)
    for name in ("s2", "s3"):
        (tmp_path / name).mkdir()
    assert backup.main([str(tmp_path / "s1"), str(tmp_path / "s2" / "journal.sqlite")]) == 0
    (tmp_path / "early.sqlite").rename(tmp_path / "s3" / "journal.sqlite")
    site = Site(0)
    site.start("s1", *data)
    with pytest.raises(StartError, match="start from a copy of another server's journal"):
        site.start("s4", "--data", str(tmp_path / "s4"))
    with pytest.raises(StartError, match="copy of another server's"):
        site.start("s3", "--data", str(tmp_path / "s3"))
    two = site.start("s2", "--data", str(tmp_path / "s2"))
    assert [text for _, text in resume(two, 0)] == ["old", "newer"]
    assert site.is_alike()


def test_a_journal_without_records_in_which_something_was_changed_is_not_new(
    tmp_path: Path,
) -> None:
    alone = Network("--data", str(tmp_path / "s1"))
    for what in (Restrict("ban", "name", "Eve"), Lift("ban", "name", "Eve")):
        change_as(alone.service.factory.chat, CONSOLE, what, lambda _: None)
        alone.settle()
    stop(alone)
    site = Site(0)
    site.start("s1", "--data", str(tmp_path / "s1"))
    with pytest.raises(StartError, match="start from a copy of another server's journal"):
        site.start("s2", "--data", str(tmp_path / "s2"))


def stop(network: Network) -> None:
    """Stop `network`, and let its journal close."""
    stopped = network.stop()
    network.advance(10)
    assert stopped.called


def test_a_server_of_a_site_does_not_start_alone_and_a_copy_out_of_the_site_does(
    site: Site, tmp_path: Path
) -> None:
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    two.program("Ben", rooms=["lobby"])
    site.settle()
    say(ann, "of the site")
    for server in (one, two):
        site.stop(server)
    with pytest.raises(StartError, match="of a server of a site"):
        Network("--data", str(tmp_path / "s2"))
    (tmp_path / "s3").mkdir()
    copied = backup.main(["--alone", str(tmp_path / "s2"), str(tmp_path / "s3" / "journal.sqlite")])
    assert copied == 0
    alone = Network("--data", str(tmp_path / "s3"))
    assert resume(alone, 0) == [(1, "of the site")]
    ben = alone.program("Ben", rooms=["lobby"])
    assert "entered" in [x["type"] for x in ben.told()]
    stop(alone)


def test_a_site_whose_log_is_lost_begins_another_one_with_a_copy(
    site: Site, tmp_path: Path
) -> None:
    one, two = site.servers
    say(one.program("Ann", rooms=["lobby"]), "before")
    site.settle()
    for server in (one, two):
        site.stop(server)
    for name in ("new1", "new2"):
        (tmp_path / name).mkdir()
    with pytest.raises(StartError):
        Site(0).start("s1", "--data", str(tmp_path / "s1"))
    copy = tmp_path / "new1" / "journal.sqlite"
    assert backup.main(["--alone", str(tmp_path / "s1"), str(copy)]) == 0
    copyfile(copy, tmp_path / "new2" / "journal.sqlite")
    site = Site(0)
    one, two = [site.start(name, "--data", str(tmp_path / name)) for name in ("new1", "new2")]
    say(one.program("Ann", rooms=["lobby"]), "after")
    site.settle()
    assert resume(one, 0) == resume(two, 0) == [(1, "before"), (2, "after")]
    assert site.is_alike()


def test_a_guest_of_a_dead_server_whose_name_is_owned_is_nobody_after_a_restart(
    site: Site, tmp_path: Path
) -> None:
    one, two = site.servers
    three = site.start("s3", "--data", str(tmp_path / "s3"))
    one.program("Ann", rooms=["lobby"])
    site.settle()
    site.logs[0].cut()
    change_as(two.service.factory.chat, CONSOLE, OwnName("Ann"), lambda _: None)
    site.settle()
    stop(two)
    two = site.start("s2", "--data", str(tmp_path / "s2"))
    for server in (two, three):
        assert list(server.service.factory.chat.participants) == []
        assert [x.account for x in server.service.factory.chat.state.all(Presence)] == [0]
