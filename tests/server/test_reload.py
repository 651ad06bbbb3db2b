"""A reload applies new options and files while the server runs, and disconnects no client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.doors.connection.rate_limit import adapted
from netchat.model.limits import ConnectionLimits
from netchat.testing import Network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twisted.logger import LogEvent


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines that the server logs."""
    lines: list[str] = []

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_guest_who_joins_after_a_reload_reads_the_new_message_of_the_day(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    network = Network("--motd", write(motd, "Be kind."))
    alice = network.join("Alice")
    write(motd, "Be kinder.")
    network.reload()
    bob = network.guest()
    bob.say("Bob")
    assert "* Be kinder." in bob.heard()
    alice.say("still here")
    assert bob.heard() == ["Alice: still here"]


def test_a_missing_message_of_the_day_leaves_the_old_one(tmp_path: Path, log: list[str]) -> None:
    motd = tmp_path / "motd"
    network = Network("--motd", write(motd, "Be kind."))
    motd.unlink()
    log.clear()
    network.reload()
    assert log == [
        f"The options stay as they were: --motd cannot read {motd}: No such file or directory"
    ]
    guest = network.guest()
    guest.say("Bob")
    assert "* Be kind." in guest.heard()


def test_new_admission_limits_apply_to_new_connections_only(
    tmp_path: Path,
) -> None:
    file = tmp_path / "options"
    network = Network(
        "--options-file", write(file, 'deny = ["203.0.113.0/24", "198.51.100.0/24"]\n')
    )
    assert not network.guest("203.0.113.9").online
    assert not network.guest("198.51.100.9").online
    write(file, 'deny = ["198.51.100.0/24"]\n')
    network.reload()
    eve = network.join("Eve", "203.0.113.9")
    assert eve.online
    write(file, "max-guests = 1\n")
    network.reload()
    assert not network.guest("198.51.100.9").online
    assert eve.online


def test_a_connected_guest_has_the_new_limits_higher_or_lower(tmp_path: Path) -> None:
    file = tmp_path / "options"
    network = Network("--options-file", write(file, "max-line = 10\n"))
    bob, alice = network.join("Bob"), network.join("Alice")
    bob.heard()
    refused = "! That line is too long, so nobody saw it; send shorter ones."
    alice.say("x" * 11)
    assert (alice.heard(), bob.heard()) == ([refused], [])
    write(file, "max-line = 20\n")
    network.reload()
    alice.say("x" * 11)
    assert (alice.heard(), bob.heard()) == ([], ["Alice: " + "x" * 11])
    write(file, "max-line = 5\n")
    network.reload()
    alice.say("x" * 6)
    assert (alice.heard(), bob.heard()) == ([refused], [])


def test_a_connected_program_has_the_new_limits(tmp_path: Path) -> None:
    file = tmp_path / "options"
    network = Network("--options-file", write(file, "max-line = 10\n"))
    ci = network.program("ci")
    write(file, "max-line = 20\n")
    network.reload()
    ci.told()
    ci.ask("say", room="lobby", text="x" * 11)
    assert ci.told()[-1]["type"] == "said"


def test_a_client_that_is_not_logged_in_has_the_new_limits(tmp_path: Path) -> None:
    file = tmp_path / "options"
    network = Network("--options-file", write(file, ""))
    guest = network.guest()
    write(file, "login-tries = 1\nmax-login-line = 8")
    network.reload()
    guest.say("no good name")
    assert not guest.online
    assert "! That line is too long" in guest.received.decode()


def test_a_connected_guest_has_the_new_rate_limit(tmp_path: Path) -> None:
    file = tmp_path / "options"
    network = Network("--rate=1", "--options-file", write(file, "burst = 2"))
    bob, alice = network.join("Bob"), network.join("Alice")
    bob.heard()
    alice.send(b"1\n2\n3\n4\n5\n6\n")
    assert bob.heard() == ["Alice: 1", "Alice: 2"]
    write(file, "burst = 3")
    network.reload()
    network.advance(1)
    assert bob.heard() == ["Alice: 3", "Alice: 4", "Alice: 5"]
    write(file, "burst = 0")
    network.reload()
    network.advance(1)
    assert bob.heard() == ["Alice: 6"]
    alice.send(b"7\n" * 50)
    assert len(bob.heard()) == 50


def test_the_burst_of_a_connected_guest_does_not_shrink() -> None:
    before, smaller = ConnectionLimits(burst=20), ConnectionLimits(burst=5, rate=2)
    assert adapted(before, smaller) == ConnectionLimits(burst=20, rate=2)
    assert adapted(smaller, before) == before
    assert adapted(None, smaller) is None
    assert adapted(before, ConnectionLimits(rate=0)) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "histroy = 5",
            "--options-file {} line 2 has 'histroy', which is not an option: "
            "write history, or remove it",
        ),
        (
            "history = -5",
            "--history wants a whole number from 0 to 999999999, not '-5' ({} line 2)",
        ),
        (
            'motd = "/no/such"',
            "--motd cannot read /no/such: No such file or directory ({} line 2)",
        ),
        ("history 20", "--options-file {} line 2 is not TOML: write history = 20"),
    ],
)
def test_a_wrong_options_file_is_logged_in_one_line_and_changes_nothing(
    tmp_path: Path, log: list[str], text: str, why: str
) -> None:
    file = tmp_path / "options"
    network = Network("--options-file", write(file, "max-line = 10"))
    alice = network.join("Alice")
    write(file, f"max-line = 20\n{text}")
    log.clear()
    network.reload()
    assert log == [f"The options stay as they were: {why.format(file)}"]
    alice.say("x" * 11)
    assert alice.heard()[0].startswith("! That line is too long")


def test_changed_options_that_need_a_restart_are_logged(tmp_path: Path, log: list[str]) -> None:
    file = tmp_path / "options"
    network = Network("--options-file", write(file, 'listen = "tcp:5001"\nkeep-days = 3'))
    log.clear()
    write(file, 'listen = ["tcp:5001", "tcp6:5001"]\nkeep-days = 4')
    network.reload()
    assert log == [
        "The options have been read again",
        "A restart is needed for --listen, --keep-days",
    ]


def test_a_password_file_that_others_can_read_is_logged_at_start_only(
    tmp_path: Path, log: list[str]
) -> None:
    file = tmp_path / "password"
    write(file, "sesame")
    file.chmod(0o644)
    network = Network("--password-file", str(file))
    network.reload()
    warning = "Others on this machine can read the password file; chmod 600 it"
    assert log.count(warning) == 1
    log.clear()
    file.chmod(0o600)
    Network("--password-file", str(file))
    assert warning not in log


def test_a_message_of_the_day_has_a_bound_at_the_start_and_at_a_reload(
    tmp_path: Path, log: list[str]
) -> None:
    motd = tmp_path / "motd"
    write(motd, "x" * 65_537)
    with pytest.raises(SystemExit) as stopped:
        Network("--motd", str(motd))
    why = f"--motd wants a file of at most 65536 bytes, and {motd} has more"
    assert stopped.value.code == f"netchat: {why}; see twistd netchat --help"
    network = Network("--motd", write(motd, "é" * 32_768))
    write(motd, "x" * 65_537)
    log.clear()
    network.reload()
    assert log == [f"The options stay as they were: {why}"]
    assert network.program("ci").told()[0]["motd"] == ["é" * 32_768]


def test_a_message_of_the_day_is_read_as_any_editor_leaves_it(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_bytes("Be kind.\r\n\r\nSei nett, Zoé.\r\n\r\n\x1a".encode("utf-8-sig"))
    network = Network("--motd", str(motd))
    assert network.program("ci").told()[0]["motd"] == ["Be kind.", "", "Sei nett, Zoé."]


def test_what_came_from_a_pipe_stays_at_a_reload_and_the_log_says_so(log: list[str]) -> None:
    pipes = []
    for text in (b"Be kind.\n", b"sesame\n", b"history = 3\n"):
        read_end, write_end = os.pipe()
        os.write(write_end, text)
        os.close(write_end)
        pipes.append(f"/dev/fd/{read_end}")
    motd, password, options = pipes
    network = Network("--motd", motd, "--password-file", password, "--options-file", options)
    log.clear()
    network.reload()
    assert log[0] == "The options have been read again"
    assert sorted(log[1:]) == sorted(
        f"{path} can be read only once; it stays as it was" for path in pipes
    )
    limits = network.service.factory.connections.limits.conversation
    assert (limits.motd, limits.history) == (("Be kind.",), 3)
    assert limits.password is not None
    assert limits.password.matches("sesame")
    for path in pipes:
        os.close(int(path.removeprefix("/dev/fd/")))


@pytest.mark.parametrize("content", ["", "\n", " \t\n", "\ufeff", "a\tb\n", None])
def test_a_password_file_that_would_lock_everybody_out_is_not_applied(
    tmp_path: Path, log: list[str], content: str | None
) -> None:
    password = tmp_path / "password"
    network = Network("--password-file", write(password, "sesame\n"))
    password.unlink()
    if content is not None:
        write(password, content)
    log.clear()
    network.reload()
    assert len(log) == 1
    assert log[0].startswith("The options stay as they were: --password-file ")
    assert network.program("ci", password="sesame").told()[0]["type"] == "welcome"


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_options_file_that_is_suddenly_empty_is_not_applied(
    tmp_path: Path, log: list[str], content: str
) -> None:
    """An editor or a full disk has cut it; the server must not be open without its password."""
    password, file = tmp_path / "password", tmp_path / "options"
    write(password, "sesame")
    network = Network("--options-file", write(file, f'password-file = "{password}"\n'))
    write(file, content)
    log.clear()
    network.reload()
    assert log == [
        f"The options stay as they were: --options-file {file} is empty; write at least a comment"
    ]
    assert network.program("ci").told()[0]["code"] == "bad-password"
    write(file, "# no password any more\n")
    network.reload()
    assert network.program("ci").told()[0]["type"] == "welcome"
