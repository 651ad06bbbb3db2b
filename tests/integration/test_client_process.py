"""`netchat` as a script runs it: a real process, its stdin and stdout, its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import identity
from tests.support.client_processes import CLIENT, ScriptedServer, environment
from tests.support.processes import PATIENCE, Server

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start `netchat` with arguments; stdin, stdout and stderr are pipes unless told otherwise."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **how: Any) -> subprocess.Popen[str]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process: subprocess.Popen[str] = subprocess.Popen(
            [*CLIENT, *arguments], env=environment(tmp_path), text=True, **{**pipes, **how}
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def finished(process: subprocess.Popen[str], text: str | None = None) -> tuple[int, str, str]:
    """Pipe `text` in; return the exit code, stdout and stderr."""
    out, errors = process.communicate(text, timeout=PATIENCE)
    return process.returncode, out, errors


def stop_reading(process: subprocess.Popen[str]) -> None:
    """Close the pipe that `process` writes to, as a reader does that has seen enough."""
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None


def test_a_line_is_said_from_a_pipe(server: Server, run: Run) -> None:
    listener = run(server.address, "--name", "log", "--follow")
    assert listener.stdin is not None
    listener.stdin.close()
    server.wait_for_log("connected  [ log ]")
    assert finished(run(server.address, "--name", "ci"), "deploy done\n") == (0, "", "")
    assert listener.stdout is not None
    line = [listener.stdout.readline() for _ in range(3)]
    assert line == ["* ci joined\n", "ci: deploy done\n", "* ci left\n"]
    listener.stdin = None
    listener.terminate()
    assert finished(listener) == (0, "", "")


def test_people_read_nothing_of_the_coming_and_going_of_say_and_tail(
    server: Server, run: Run
) -> None:
    with server.guest("Alice") as alice:
        tail = run("tail", server.address, "--name", "log", "--follow")
        server.wait_for_log("connected  [ log ]")
        assert finished(run("say", server.address, "--name", "ci", "done")) == (0, "", "")
        assert alice.line() == "ci: done"
        assert tail.stdout is not None
        assert tail.stdout.readline().endswith("ci: done\n")
        alice.say("/names")
        assert alice.line() == "* In lobby: Alice, log (listens)"
        tail.terminate()
        finished(tail)
        server.wait_for_log("is offline  [ log ]")
        alice.say("/names")
        assert alice.line() == "* In lobby: Alice"


def test_lines_are_said_from_a_file_and_received_into_a_file(
    server: Server, run: Run, tmp_path: Path
) -> None:
    said, line = tmp_path / "said", tmp_path / "heard"
    said.write_text("one\n/names\ntwo")
    with said.open() as stdin, line.open("w") as stdout:
        process = run(server.address, "--name", "ci", stdin=stdin, stdout=stdout)
        code, _, errors = finished(process)
    assert (code, errors) == (0, "")
    assert line.read_text() == "* In lobby: ci\n"
    replay = run(server.address, "--name", "log", "--replay", stdin=subprocess.DEVNULL)
    code, out, _ = finished(replay)
    assert [line[8:] for line in out.splitlines()] == ["ci: one", "ci: two"]


def test_stdin_and_stdout_are_left_as_they_were_found(server: Server, run: Run) -> None:
    read_end, write_end = os.pipe()
    process = run(server.address, "--name", "ci", stdin=read_end)
    os.write(write_end, b"one\n")
    os.close(write_end)
    assert finished(process) == (0, "", "")
    assert os.get_blocking(read_end)
    os.close(read_end)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stdin_stdout_or_stderr_is_taken_as_empty(
    server: Server, tmp_path: Path, closed: str
) -> None:
    """A daemon's children may have none, and no socket may take its number."""
    process = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *CLIENT, server.address, "--name", "ci"],
        env=environment(tmp_path),
        input="/nosuch\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == (0 if closed == "<&-" else 1)
    assert (process.stderr == "") is (closed != ">&-")


def test_without_a_terminal_a_name_must_be_given(run: Run) -> None:
    code, out, errors = finished(run("127.0.0.1:1"), "one\n")
    assert (code, out) == (2, "")
    assert errors == "netchat: There is no terminal to ask for a name; give one with --name NAME.\n"


def test_a_server_that_cannot_be_reached_is_reported_in_one_sentence(
    scripted_server: ScriptedServer, run: Run
) -> None:
    scripted_server.close()
    code, out, errors = finished(run(scripted_server.address, "--name", "ci"), "one\n")
    assert (code, out) == (1, "")
    assert errors.startswith(f"netchat: No server listens at {scripted_server.address}; ")
    assert errors.count("\n") == 1


def test_a_client_without_tls_at_a_tls_port_is_told_to_try_it(run: Run, tmp_path: Path) -> None:
    endpoint = identity(tmp_path, "127.0.0.1").put(tmp_path / "door.pem")
    with Server("--listen", endpoint, cwd=tmp_path) as server:
        code, out, errors = finished(run(server.secure_address, "--name", "ci"), "one\n")
        assert (code, out) == (1, "")
        assert errors == (
            f"netchat: {server.secure_address} closed the connection without an answer; "
            "try again later, or with --tls if the server speaks TLS.\n"
        )


def test_a_refused_name_is_reported_in_one_sentence(server: Server, run: Run) -> None:
    code, out, errors = finished(run(server.address, "--name", "a:b"), "one\n")
    assert (code, out) == (1, "")
    assert errors.startswith("! A name has letters")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_makes_the_client_leave_with_a_goodbye(
    scripted_server: ScriptedServer, run: Run, number: signal.Signals
) -> None:
    process = run(scripted_server.address, "--name", "log", "--follow")
    scripted_server.accept_login()
    scripted_server.send_lines("Bob", "hi")
    assert process.stdout is not None
    assert process.stdout.readline() == "Bob: hi\n"
    process.send_signal(number)
    scripted_server.accept_goodbye()
    assert finished(process) == (0, "", "")


def test_with_follow_it_ends_when_nobody_reads_any_more(
    scripted_server: ScriptedServer, run: Run
) -> None:
    process = run(scripted_server.address, "--name", "log", "--follow", stdin=subprocess.DEVNULL)
    scripted_server.accept_login()
    stop_reading(process)
    scripted_server.accept_goodbye()
    assert finished(process)[::2] == (0, "")


def test_a_lost_connection_is_reported_and_unstored_lines_keep_their_nonce(
    scripted_server: ScriptedServer, run: Run
) -> None:
    process = run(scripted_server.address, "--name", "ci")
    assert process.stdin is not None
    login_requests = scripted_server.accept_login()
    process.stdin.write("one\n")
    process.stdin.flush()
    said = scripted_server.read_request()
    assert said["text"] == "one"
    scripted_server.disconnect()
    assert scripted_server.accept_login() == {
        **login_requests,
        "rooms": ["lobby"],
        "after": {"lobby": 0},
    }
    assert scripted_server.read_request() == said
    scripted_server.send_event(**scripted_server.said("ci", "one", nonce=said["nonce"]))
    process.stdin.write("two\n")
    process.stdin.close()
    process.stdin = None
    assert scripted_server.read_line() == "two"
    scripted_server.accept_goodbye()
    code, out, errors = finished(process)
    assert (code, out) == (0, "")
    assert errors.splitlines() == [
        f"netchat: {scripted_server.address} closed the connection; coming back by itself.",
        "netchat: Connected again.",
    ]


def test_a_huge_file_is_not_held_in_memory(
    scripted_server: ScriptedServer, run: Run, tmp_path: Path
) -> None:
    huge = tmp_path / "huge"
    line = "x" * 4000
    huge.write_text(f"{line}\n" * 15_000)
    with huge.open() as stdin:
        process = run(scripted_server.address, "--name", "ci", stdin=stdin)
        scripted_server.accept_login()
        assert {scripted_server.read_line() for _ in range(15_000)} == {line}
        status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(int(entry.split()[1]) for entry in status.splitlines() if "VmHWM" in entry)
    assert peak < 60_000
    scripted_server.accept_goodbye()
    assert finished(process) == (0, "", "")


def test_a_line_is_said_by_one_command_and_printed_by_another(server: Server, run: Run) -> None:
    say = ("say", server.address, "--name", "ci")
    assert finished(run(*say, "deploy", "done")) == (0, "", "")
    assert finished(run(*say, "--room", "dev", "/quit\nthere")) == (0, "", "")
    assert finished(run(*say, "-"), "one\ntwo") == (0, "", "")
    tail = ("tail", server.address, "--name", "log")
    code, out, errors = finished(run(*tail))
    assert (code, errors) == (0, "")
    dates, lines = zip(*(line.split("] ") for line in out.splitlines()), strict=True)
    assert lines == ("ci: deploy done", "ci: one", "ci: two")
    assert all(re.fullmatch(r"\[\d{4}-\d\d-\d\d \d\d:\d\d", date) for date in dates)
    code, out, errors = finished(run(*tail, "--room", "dev", "--after", "0", "--json"))
    assert (code, errors) == (0, "")
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["/quit", "there"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_with_follow_it_ends_well_when_it_is_stopped(
    scripted_server: ScriptedServer, run: Run, number: signal.Signals
) -> None:
    process = run("tail", scripted_server.address, "--name", "log", "--follow", "--last", "0")
    scripted_server.accept_login()
    scripted_server.send_event(type="joined", room="lobby", names=["Eve"])
    scripted_server.send_lines("Bob", "hi")
    assert process.stdout is not None
    assert process.stdout.readline() == "[2026-01-01 12:00] Bob: hi\n"
    process.send_signal(number)
    scripted_server.accept_goodbye()
    assert finished(process) == (0, "", "")


def test_a_tail_that_nobody_reads_any_more_ends(scripted_server: ScriptedServer, run: Run) -> None:
    process = run("tail", scripted_server.address, "--name", "log", "--follow", "--last", "0")
    scripted_server.accept_login()
    stop_reading(process)
    scripted_server.accept_goodbye()
    assert finished(process)[::2] == (0, "")


def test_a_slow_reader_of_a_long_history_costs_no_memory(
    scripted_server: ScriptedServer, run: Run
) -> None:
    """Unread lines stay in the pipes and the sockets, back to the server (backpressure)."""
    tail = ("tail", scripted_server.address, "--name", "log", "--room", "lobby")
    process = run(*tail, "--after", "0", "--json")
    count, text = 10_000, "x" * 4000
    scripted_server.last = count
    scripted_server.accept_login()
    scripted_server.last = 0
    writer = threading.Thread(target=lambda: scripted_server.send_lines("Bob", *[text] * count))
    writer.start()
    assert process.stdout is not None
    for number in range(1, count + 1):
        assert json.loads(process.stdout.readline())["id"] == number
        if number == count // 2:
            status = Path(f"/proc/{process.pid}/status").read_text()
    writer.join()
    peak = next(int(entry.split()[1]) for entry in status.splitlines() if "VmHWM" in entry)
    assert peak < 60_000
    scripted_server.accept_goodbye()
    assert finished(process) == (0, "", "")


def test_a_line_not_stored_in_time_is_reported_in_one_sentence(
    scripted_server: ScriptedServer, run: Run
) -> None:
    process = run("say", scripted_server.address, "--name", "ci", "--timeout", "3", "hi")
    scripted_server.accept_login()
    assert finished(process) == (
        1,
        "",
        "netchat: Not all is stored: the server did not store it in time; try again later.\n",
    )


def test_a_server_that_is_not_there_in_time_is_reported_in_one_sentence(
    scripted_server: ScriptedServer, run: Run
) -> None:
    scripted_server.close()
    process = run("say", scripted_server.address, "--name", "ci", "--timeout", "1", "hi")
    code, out, errors = finished(process)
    assert (code, out) == (1, "")
    assert errors.startswith(
        f"netchat: Not all is stored: No server listens at {scripted_server.address}"
    )
    assert errors.count("\n") == 1


@pytest.mark.parametrize("command", ["say", "tail"])
def test_a_host_may_be_called_like_a_command(run: Run, command: str) -> None:
    code, _, errors = finished(run(f"{command}:x", "--name", "ci"))
    assert (code, errors) == (2, "netchat: 'x' is not a port; give a number from 1 to 65535.\n")


def test_help_and_wrong_options_do_not_wait_for_heavy_imports(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from netchat.client.cli.command import main\n"
        "try: main(['--help'])\n"
        "finally: print(*sys.modules, file=sys.stderr)\n"
    )
    finished = subprocess.run(
        [CLIENT[0], "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"twisted.internet", "prompt_toolkit", "OpenSSL"} & set(finished.stderr.split())


def test_a_pipe_does_not_wait_for_the_terminals_imports(
    scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    scripted_server.close()
    code = (
        "import sys\n"
        "from netchat.client.cli.command import main\n"
        f"main([{scripted_server.address!r}, '--name', 'ci'])\n"
        "print(*sys.modules)\n"
    )
    finished = subprocess.run(
        [CLIENT[0], "-c", code],
        stdin=subprocess.DEVNULL,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"prompt_toolkit", "twisted.internet.asyncioreactor"} & set(finished.stdout.split())
