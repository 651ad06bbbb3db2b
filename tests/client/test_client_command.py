"""`netchat` as a script runs it: a real process, its stdin and stdout, its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client_processes import CLIENT, ToldServer, environment
from running import PATIENCE, Server

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
    """Return the exit code, and what came on stdout and stderr, once `text` was piped in."""
    out, errors = process.communicate(text, timeout=PATIENCE)
    return process.returncode, out, errors


def test_a_line_is_said_from_a_pipe(server: Server, run: Run) -> None:
    listener = run(server.address, "--name", "log", "--follow")
    assert listener.stdin is not None
    listener.stdin.close()
    server.wait_for_log("connected  [ log ]")
    assert finished(run(server.address, "--name", "ci"), "deploy done\n") == (0, "", "")
    assert listener.stdout is not None
    heard = [listener.stdout.readline() for _ in range(3)]
    assert heard == ["* ci joined\n", "ci: deploy done\n", "* ci left\n"]
    listener.stdin = None
    listener.terminate()
    assert finished(listener) == (0, "", "")


def test_lines_are_said_from_a_file_and_heard_into_a_file(
    server: Server, run: Run, tmp_path: Path
) -> None:
    said, heard = tmp_path / "said", tmp_path / "heard"
    said.write_text("one\n/names\ntwo")
    with said.open() as stdin, heard.open("w") as stdout:
        process = run(server.address, "--name", "ci", stdin=stdin, stdout=stdout)
        code, _, errors = finished(process)
    assert (code, errors) == (0, "")
    assert heard.read_text() == "* In lobby: ci\n"
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
def test_a_closed_stdin_stdout_or_stderr_is_an_empty_one(
    server: Server, tmp_path: Path, closed: str
) -> None:
    """A daemon's children may have none, and no socket must take its number."""
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
    assert errors == "netchat: There is nobody to ask; give a name with --name NAME.\n"


def test_a_server_that_cannot_be_reached_is_one_sentence(told_server: ToldServer, run: Run) -> None:
    told_server.close()
    code, out, errors = finished(run(told_server.address, "--name", "ci"), "one\n")
    assert (code, out) == (1, "")
    assert errors.startswith(f"netchat: Nobody listens at {told_server.address}; ")
    assert errors.count("\n") == 1


def test_a_refused_name_is_one_sentence(server: Server, run: Run) -> None:
    code, out, errors = finished(run(server.address, "--name", "a:b"), "one\n")
    assert (code, out) == (1, "")
    assert errors.startswith("! A name has letters")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_makes_it_leave_politely(
    told_server: ToldServer, run: Run, number: signal.Signals
) -> None:
    process = run(told_server.address, "--name", "log", "--follow")
    told_server.let_in()
    told_server.send("Bob: hi\n")
    assert process.stdout is not None
    assert process.stdout.readline() == "Bob: hi\n"
    process.send_signal(number)
    assert told_server.line() == "/quit"
    told_server.send("DISCONNECTED!!\n")
    assert finished(process) == (0, "", "")


def test_following_ends_when_nobody_reads_any_more(told_server: ToldServer, run: Run) -> None:
    process = run(told_server.address, "--name", "log", "--follow", stdin=subprocess.DEVNULL)
    told_server.let_in()
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert told_server.line() == "/quit"
    told_server.send("DISCONNECTED!!\n")
    assert finished(process)[::2] == (0, "")


def test_a_cut_is_told_the_connection_comes_back_and_the_exit_code_says_so(
    told_server: ToldServer, run: Run
) -> None:
    process = run(told_server.address, "--name", "ci")
    assert process.stdin is not None
    told_server.let_in()
    process.stdin.write("one\n")
    process.stdin.flush()
    assert told_server.line() == "one"
    told_server.hang_up()
    assert told_server.let_in() == "ci"
    process.stdin.write("two\n")
    process.stdin.close()
    process.stdin = None
    assert [told_server.line() for _ in range(2)] == ["two", "/quit"]
    told_server.send("DISCONNECTED!!\n")
    code, out, errors = finished(process)
    assert (code, out) == (1, "")
    assert errors.splitlines() == [
        f"netchat: {told_server.address} closed the connection; coming back by itself.",
        "netchat: The last line may be lost; nothing is sent twice.",
        "netchat: Connected again.",
    ]


def test_a_huge_file_is_not_held_in_memory(
    told_server: ToldServer, run: Run, tmp_path: Path
) -> None:
    huge = tmp_path / "huge"
    line = "x" * 4000
    huge.write_text(f"{line}\n" * 15_000)
    with huge.open() as stdin:
        process = run(told_server.address, "--name", "ci", stdin=stdin)
        told_server.let_in()
        assert {told_server.line() for _ in range(15_000)} == {line}
        assert told_server.line() == "/quit"
        status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(int(entry.split()[1]) for entry in status.splitlines() if "VmHWM" in entry)
    assert peak < 60_000
    told_server.send("DISCONNECTED!!\n")
    assert finished(process) == (0, "", "")


def test_help_and_wrong_options_do_not_wait_for_heavy_imports(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from netchat.client.command import main\n"
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
    told_server: ToldServer, tmp_path: Path
) -> None:
    told_server.close()
    code = (
        "import sys\n"
        "from netchat.client.command import main\n"
        f"main([{told_server.address!r}, '--name', 'ci'])\n"
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
