"""Real SSH clients with a real server: OpenSSH's, PuTTY's and Dropbear's, and ssh-audit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netchat.doors.ssh.host_key import NAME
from tests.support.needs import needs
from tests.support.processes import PATIENCE, SCRIPTS, Server

TOO_SLOW_TO_SPEAK = 'sh -c "(sleep 0.5; cat) | nc 127.0.0.1 {}"'
"""A network over which the version of the client comes after the question for a name."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server, on the one port."""
    with Server(cwd=tmp_path) as server:
        yield server


def make_key(folder: Path, kind: str = "ed25519") -> Path:
    """Make a key of `kind` in `folder`, and return its path."""
    path = folder / f"id_{kind}"
    keygen: list[Any] = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", path]
    subprocess.run(keygen, check=True, timeout=PATIENCE)
    return path


def run(*command: Any, typed: str = "") -> tuple[int, str, str]:
    """Run a client without a terminal; return its exit code, stdout and stderr."""
    ended = subprocess.run(
        [str(word) for word in command],
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        start_new_session=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def openssh(
    server: Server, name: str, *words: str, key: Path | None = None, level: str = "ERROR"
) -> list[Any]:
    """Return the command line of OpenSSH's client; `words` are options or a command."""
    options = [
        *("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", f"LogLevel={level}"),
        *("IdentityAgent=none", "IdentitiesOnly=yes"),
    ]
    identity = ["-i", key] if key else ["-o", "PubkeyAuthentication=no"]
    given = [word for option in options for word in ("-o", option)]
    host = f"{name}@127.0.0.1"
    return ["ssh", "-F", "none", "-p", server.ports[0], *given, *identity, host, *words]


@needs("ssh", "ssh-keygen")
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_key_of_each_kind_owns_a_name_from_then_on(
    server: Server, tmp_path: Path, kind: str
) -> None:
    key = make_key(tmp_path, kind)
    assert run(*openssh(server, "Alice", key=key), typed="/own\n")[0] == 0
    assert run(*openssh(server, "Alice", "say", "hello", key=key)) == (0, "", "")
    code, _, told = run(*openssh(server, "Alice", "say", "hello"))
    assert (code, "Alice is owned by somebody" in told) == (1, True)
    code, said, _ = run(*openssh(server, "log", "tail", "--json"))
    assert [json.loads(line)["text"] for line in said.splitlines()] == ["hello"]


@needs("ssh")
def test_the_lines_of_a_file_are_said_through_ssh(server: Server) -> None:
    code, _, _ = run(*openssh(server, "ci"), typed="".join(f"{n}\n" for n in range(500)))
    assert code == 0
    _, said, _ = run(*openssh(server, "log", "tail --after 0 --json"))
    assert [json.loads(line)["text"] for line in said.splitlines()] == [str(n) for n in range(500)]


@needs("ssh")
def test_what_is_no_chat_is_refused_by_openssh_in_a_sentence(server: Server) -> None:
    assert run(*openssh(server, "Al", "-o", "SessionType=default", "rm"))[0] == 1
    code, _, told = run(*openssh(server, "Al", "-W", "127.0.0.1:22", level="INFO"))
    assert (code, "forwards nothing" in told) == (255, True)
    forward = ["-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:22"]
    assert run(*openssh(server, "Al", *forward))[0] == 255
    code, _, told = run(*openssh(server, "root", "tail"))
    assert (code, "ssh NAME@HOST" in told) == (1, True)


@needs("ssh", "nc")
def test_openssh_is_served_over_a_slow_network(server: Server) -> None:
    proxy = f"ProxyCommand={TOO_SLOW_TO_SPEAK.format(server.ports[0])}"
    assert run(*openssh(server, "Al", "-o", proxy, "say", "hello")) == (0, "", "")


@needs("ssh")
def test_new_keys_may_be_exchanged_while_lines_are_said(server: Server) -> None:
    command = openssh(server, "Al", "-o", "RekeyLimit=16K")
    assert run(*command, typed="".join(f"{n}\n" for n in range(1000)))[0] == 0


def fingerprint(folder: Path) -> str:
    """Return the fingerprint of the server's key."""
    path = folder / "data" / NAME
    shown = subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


@needs("plink", "puttygen", "ssh-keygen", "nc")
def test_plink_talks_with_and_without_a_key(server: Server, tmp_path: Path) -> None:
    ppk = tmp_path / "key.ppk"
    converted: list[Any] = ["puttygen", make_key(tmp_path), "-O", "private", "-o", ppk]
    subprocess.run(converted, check=True, timeout=PATIENCE)
    where = ["-P", server.ports[0], "-hostkey", fingerprint(tmp_path)]
    plink = ["plink", "-ssh", "-batch", "-T", *where]
    assert run(*plink, "-i", ppk, "Alice@127.0.0.1", typed="/own\n")[0] == 0
    assert run(*plink, "-i", ppk, "Alice@127.0.0.1", "say", "hello")[0] == 0
    assert run(*plink, "Bob@127.0.0.1", "say", "hello")[0] == 0
    assert run(*plink, "Alice@127.0.0.1", "say", "hello")[0] == 1
    slow = ["-proxycmd", TOO_SLOW_TO_SPEAK.format(server.ports[0])]
    assert run(*plink, *slow, "Bob@127.0.0.1", "say", "hello")[0] == 0


@needs("dbclient", "dropbearconvert", "ssh-keygen", "nc")
def test_dbclient_talks_with_and_without_a_key(server: Server, tmp_path: Path) -> None:
    key = tmp_path / "key.dropbear"
    converted: list[Any] = ["dropbearconvert", "openssh", "dropbear", make_key(tmp_path), key]
    subprocess.run(converted, check=True, capture_output=True, timeout=PATIENCE)
    dbclient = ["dbclient", "-y", "-y", "-T", "-p", server.ports[0]]
    assert run(*dbclient, "-i", key, "Alice@127.0.0.1", typed="/own\n")[0] == 0
    assert run(*dbclient, "-i", key, "Alice@127.0.0.1", "say", "hello")[0] == 0
    assert run(*dbclient, "Bob@127.0.0.1", "say", "hello")[0] == 0
    slow = ["-J", TOO_SLOW_TO_SPEAK.format(server.ports[0])]
    assert run("dbclient", "-y", "-y", "-T", *slow, "Bob@127.0.0.1", "say", "hello")[0] == 0


def test_ssh_audit_finds_nothing_to_fail(server: Server) -> None:
    audit = [SCRIPTS / "ssh-audit", "--json", "-p", server.ports[0], "127.0.0.1"]
    code, found, told = run(*audit)
    assert code in (0, 2), told  # 2: warnings
    report = json.loads(found)
    kinds = ("kex", "key", "enc", "mac")
    failed = [one for kind in kinds for one in report[kind] if one["notes"].get("fail")]
    assert not failed
    assert [one["algorithm"] for one in report["key"]] == ["ssh-ed25519"]


@needs("ssh")
def test_ssh_has_a_port_of_its_own_where_the_operator_wants_it(tmp_path: Path) -> None:
    with Server("--ssh", "tcp:0:interface=localhost", "--no-ssh", cwd=tmp_path) as server:
        shared = server.ports[0]
        server.ports[0] = server.ssh_port
        assert run(*openssh(server, "Al", "say", "hello"))[0] == 0
        server.ports[0] = shared
        assert run(*openssh(server, "Al", "say", "hello"))[0] == 255
