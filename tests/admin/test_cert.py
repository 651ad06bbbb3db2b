"""`netchat cert`: one command makes a certificate, and clients accept it by what was printed."""

from __future__ import annotations

import re
import shlex
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from netchat import command
from netchat.admin.cert import own_hosts
from tests.support.client_processes import CLIENT, environment
from tests.support.processes import PATIENCE, Guest, Server

ALWAYS = ["localhost", "127.0.0.1", "::1"]


def certificate_in(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())


def names_in(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def test_the_printed_command_lines_connect_a_client_to_a_server_with_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "with:colon and blank"
    assert command.main(["cert", str(folder), "--host", "127.0.0.1"]) == 0
    printed = capsys.readouterr().out
    server_line, client_line = (
        shlex.split(line.partition(":")[2]) for line in printed.splitlines()[-2:]
    )
    assert server_line[:4] == ["twistd", "-n", "netchat", "--listen"]
    assert client_line[:2] == ["netchat", "127.0.0.1:5002"]
    endpoint = server_line[4].replace("ssl:5002", "ssl:0:interface=127.0.0.1")
    with Server("--listen", endpoint, cwd=tmp_path) as server:
        port = int(re.findall(r"Listening on ssl:.*:(\d+)", server.log)[0])
        said = subprocess.run(
            [*CLIENT, "say", f"127.0.0.1:{port}", *client_line[2:], "--name", "ci", "hello"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (said.returncode, said.stderr) == (0, "")
        trusting = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        with (
            socket.create_connection(("127.0.0.1", port), PATIENCE) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as secure,
            Guest(secure, "Bob") as bob,
        ):
            assert bob.line().endswith("ci: hello")


def test_the_certificate_names_the_given_hosts_and_this_one(tmp_path: Path) -> None:
    hosts = ["bücher.test", "192.168.1.2", "*.lab", "localhost", "fd00::0:1"]
    given = [word for host in hosts for word in ("--host", host)]
    assert command.main(["cert", str(tmp_path), *given, "--days", "3"]) == 0
    certificate = certificate_in(tmp_path)
    first, *others = names_in(certificate)
    assert first == "xn--bcher-kva.test"
    assert others[:4] == ["192.168.1.2", "*.lab", "localhost", "fd00::1"]
    assert {socket.gethostname(), *ALWAYS} <= {first, *others}
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert 2.9 < left.total_seconds() / 86400 <= 3


def test_a_host_with_an_invalid_name_gets_a_certificate_for_the_local_names() -> None:
    assert list(own_hosts("-- !")) == ALWAYS
    assert list(own_hosts("chat")) == ["chat", *ALWAYS]


def test_the_key_is_for_its_owner_only_and_the_printed_fingerprint_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["cert", str(tmp_path / "a" / "b")]) == 0
    folder = tmp_path / "a" / "b"
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "cert.pem").stat().st_mode & 0o777 == 0o644
    assert {path.name for path in folder.iterdir()} == {"key.pem", "cert.pem"}
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    certificate = certificate_in(folder)
    assert key.public_key() == certificate.public_key()
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    assert f"SHA-256: {fingerprint}\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["key.pem", "cert.pem"])
def test_existing_files_are_replaced_only_with_the_replace_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_text("precious", encoding="utf-8")
    assert command.main(["cert", str(tmp_path)]) == 2
    error = f"netchat: {tmp_path} has a {name} already; give another DIR or --replace.\n"
    assert capsys.readouterr().err == error
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["precious"]
    assert command.main(["cert", str(tmp_path), "--replace"]) == 0
    assert capsys.readouterr().out.startswith(
        f"The key and certificate in {tmp_path} are replaced; "
    )
    assert names_in(certificate_in(tmp_path))
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["/proc/x"], "/proc/x cannot be written: No such file or directory."),
        (
            ["x", "--host", "a b"],
            "'a b' is not a host name or an IP address; correct --host.",
        ),
        (["x", "--host", ""], "'' is not a host name or an IP address; correct --host."),
        (["x", "--host", "ü" * 300], "is not a host name or an IP address; correct --host."),
    ],
)
def test_an_error_is_reported_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["cert", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("netchat: ")
    assert error.endswith(f"{why}\n")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("days", ["0", "-1", "99999", "many"])
def test_invalid_numbers_of_days_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["cert", str(tmp_path), f"--days={days}"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_cryptography_an_error_names_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['cryptography'] = None; from netchat.command import main; "
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}sys.exit(main(['cert', {str(tmp_path / 'x')!r}]))"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == (
        "netchat: A key needs the package cryptography, which is missing here; "
        "install netchat again.\n"
    )
    assert finished.returncode == 2
    assert not list(tmp_path.iterdir())
