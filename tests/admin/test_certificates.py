"""`netchat cert --ca`: a CA for phones that can sign for few hosts only."""

from __future__ import annotations

import http.client
import re
import shlex
import socket
import ssl
import subprocess
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from netchat import command
from netchat.admin.certificates import WrongCaError, new_ca, signed_by_ca
from tests.support.client_processes import CLIENT, environment
from tests.support.needs import needs
from tests.support.processes import PATIENCE, Server

OPENSSL = ("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile")
HOSTS = ("chat.lan", "127.0.0.1")


def make(folder: Path, *arguments: str) -> int:
    """Run `netchat cert --ca` for HOSTS."""
    hosts = [word for host in HOSTS for word in ("--host", host)]
    return command.main(["cert", str(folder), "--ca", *hosts, *arguments])


def loaded(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def forge(
    folder: Path, name: x509.GeneralName, signer: str = "ca.crt", *, ca: bool = False
) -> Path:
    """Sign a certificate for `name` with the CA in `folder`, as a thief of its key would.

    The file `forged.pem` or, with `ca`, `forged-ca.pem` is made, and a key beside it.
    """
    authority = loaded(folder / signer)
    signing = load_pem_private_key((folder / f"{signer[:-4]}-key.pem").read_bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    stem = "forged-ca" if ca else "forged"
    usage = x509.KeyUsage(True, False, False, False, False, ca, ca, False, False)
    certificate = (
        x509.CertificateBuilder(
            authority.subject,
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, stem)]),
            key.public_key(),
            x509.random_serial_number(),
        )
        .not_valid_before(authority.not_valid_before_utc)
        .not_valid_after(authority.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    file = folder / f"{stem}.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / f"{stem}-key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


def openssl_accepts(ca: Path, certificate: Path, *more: str | Path) -> tuple[bool, str]:
    """Return whether openssl accepts `certificate` for a TLS server, and what it says."""
    done = subprocess.run(
        [
            *["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"],
            ca,
            *more,
            certificate,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_a_client_that_trusts_the_ca_accepts_the_server_and_no_other_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path) == 0
    printed = capsys.readouterr().out
    (client_line,) = [line for line in printed.splitlines() if line.startswith("A client:")]
    (server_line,) = [line for line in printed.splitlines() if line.startswith("The server:")]
    arguments = [
        word.replace("ssl:5002", "ssl:0:interface=127.0.0.1") for word in shlex.split(server_line)
    ]
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with Server(*arguments[5:], cwd=tmp_path) as server:
        port = int(re.findall(r"Listening on ssl:.*:(\d+)", server.log)[0])
        for name in HOSTS:
            with (
                socket.create_connection(("127.0.0.1", port), PATIENCE) as plain,
                trusting.wrap_socket(plain, server_hostname=name) as secure,
            ):
                assert secure.version() == "TLSv1.3"
        for name in ("other.lan", "x.chat.lan", "localhost", "127.0.0.2"):
            with (
                socket.create_connection(("127.0.0.1", port), PATIENCE) as plain,
                pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid"),
            ):
                trusting.wrap_socket(plain, server_hostname=name)
        page = http.client.HTTPSConnection("127.0.0.1", port, context=trusting)
        page.request("GET", "/", headers={"Host": "chat.lan"})
        assert page.getresponse().status == 200
        page.close()
        options = shlex.split(client_line)[4:]
        said = subprocess.run(
            [*CLIENT, "say", f"127.0.0.1:{port}", *options, "--name", "ci", "hello"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (said.returncode, said.stderr) == (0, "")


def test_the_key_of_the_ca_is_destroyed_unless_it_is_to_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path / "a") == 0
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"key.pem", "cert.pem", "ca.crt"}
    assert "Its key is destroyed: " in capsys.readouterr().out
    assert make(tmp_path / "b", "--keep-ca-key") == 0
    assert (tmp_path / "b" / "ca-key.pem").stat().st_mode & 0o777 == 0o600
    assert f"best kept elsewhere: {tmp_path}/b/ca-key.pem\n" in capsys.readouterr().out
    for folder in ("a", "b"):
        key = load_pem_private_key((tmp_path / folder / "key.pem").read_bytes(), None)
        assert key.public_key() == loaded(tmp_path / folder / "cert.pem").public_key()
        assert key.public_key() != loaded(tmp_path / folder / "ca.crt").public_key()


@needs("openssl")
def test_openssl_accepts_the_certificate_as_one_of_a_server(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert make(tmp_path / folder) == 0
    own, other = ((tmp_path / folder / "ca.crt") for folder in ("a", "b"))
    assert openssl_accepts(own, tmp_path / "a" / "cert.pem")[0]
    assert not openssl_accepts(other, tmp_path / "a" / "cert.pem")[0]


@needs("openssl")
@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (HOSTS, x509.DNSName("bank.example")),
        (HOSTS, x509.DNSName("xchat.lan")),
        (HOSTS, x509.IPAddress(ip_address("127.0.0.2"))),
        (HOSTS, x509.IPAddress(ip_address("::1"))),
        (("chat.lan",), x509.IPAddress(ip_address("1.2.3.4"))),
        (("chat.lan",), x509.IPAddress(ip_address("::1"))),
        (("1.2.3.4", "fd00::1"), x509.DNSName("bank.example")),
    ],
)
def test_a_thief_of_the_cas_key_can_sign_for_no_other_host(
    tmp_path: Path, hosts: tuple[str, ...], name: x509.GeneralName
) -> None:
    given_hosts = [word for host in hosts for word in ("--host", host)]
    assert command.main(["cert", str(tmp_path), "--ca", "--keep-ca-key", *given_hosts]) == 0
    ca = tmp_path / "ca.crt"
    assert openssl_accepts(ca, tmp_path / "cert.pem")[0]
    accepted, said = openssl_accepts(ca, forge(tmp_path, name))
    assert not accepted
    assert re.search("(permitted|excluded) subtree violation", said)


@needs("openssl")
def test_a_thief_of_the_cas_key_can_make_no_other_ca(tmp_path: Path) -> None:
    assert make(tmp_path, "--keep-ca-key") == 0
    assert openssl_accepts(tmp_path / "ca.crt", forge(tmp_path, x509.DNSName("chat.lan")))[0]
    between = forge(tmp_path, x509.DNSName("chat.lan"), ca=True)
    leaf = forge(tmp_path, x509.DNSName("chat.lan"), "forged-ca.pem")
    accepted, said = openssl_accepts(tmp_path / "ca.crt", leaf, "-untrusted", between)
    assert not accepted
    assert "path length constraint exceeded" in said


def test_the_constraints_are_critical_and_name_the_hosts(tmp_path: Path) -> None:
    assert make(tmp_path, "--host", "*.lab", "--host", "fd00::1") == 0
    found = loaded(tmp_path / "ca.crt").extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    permitted = [str(name.value) for name in found.value.permitted_subtrees or []]
    assert permitted == ["chat.lan", "127.0.0.1/32", "lab", "fd00::1/128"]


@pytest.mark.parametrize("days", [1, 397, 398])
def test_a_phone_accepts_the_time_for_which_the_certificate_is_valid(
    tmp_path: Path, days: int
) -> None:
    assert make(tmp_path, f"--days={days}") == 0
    leaf, authority = loaded(tmp_path / "cert.pem"), loaded(tmp_path / "ca.crt")
    lasts = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert timedelta(days=days) <= lasts <= min(timedelta(days=398), timedelta(days, 3660))
    assert authority.not_valid_after_utc >= leaf.not_valid_after_utc


def test_with_its_key_the_ca_signs_again_and_phones_need_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path, "--keep-ca-key") == 0
    ca, leaf = (tmp_path / "ca.crt").read_bytes(), (tmp_path / "cert.pem").read_bytes()
    assert make(tmp_path, "--replace") == 0
    assert "phones that have it need no other one.\n" in capsys.readouterr().out
    assert (tmp_path / "ca.crt").read_bytes() == ca
    assert (tmp_path / "cert.pem").read_bytes() != leaf
    assert (tmp_path / "ca-key.pem").exists()
    assert make(tmp_path, "--replace", "--host", "new.lan") == 2
    assert capsys.readouterr().err == (
        "netchat: The CA can sign for chat.lan, 127.0.0.1/32 only, and not for new.lan; "
        "give another DIR, which makes a new CA.\n"
    )


def test_without_its_key_a_new_ca_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path) == 0
    before = (tmp_path / "ca.crt").read_bytes()
    assert make(tmp_path) == 2
    assert "has a key.pem already; give another DIR or --replace." in capsys.readouterr().err
    assert make(tmp_path, "--replace") == 0
    assert "remove the old one from the phones, and install this one.\n" in capsys.readouterr().out
    assert (tmp_path / "ca.crt").read_bytes() != before


@pytest.mark.parametrize("content", [b"", b"x"])
def test_a_ca_and_a_key_that_do_not_belong_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    assert make(tmp_path, "--keep-ca-key") == 0
    other = (tmp_path / "key.pem").read_bytes()
    (tmp_path / "ca-key.pem").write_bytes(content and other)
    assert make(tmp_path, "--replace") == 2
    assert "that do not belong together or cannot be read; give" in capsys.readouterr().err


def test_a_ca_that_cannot_be_read_is_reported_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ca.crt").mkdir()
    (tmp_path / "ca-key.pem").mkdir()
    assert make(tmp_path, "--replace") == 2
    assert capsys.readouterr().err == (
        f"netchat: {tmp_path} has a ca.crt and a ca-key.pem that do not belong together or cannot "
        "be read; give another DIR, which makes a new CA.\n"
    )
    assert {path.name for path in tmp_path.iterdir()} == {"ca.crt", "ca-key.pem"}


def test_a_ca_that_has_expired_is_reported() -> None:
    ca = new_ca(["chat.lan"], 0)
    with pytest.raises(WrongCaError, match=r"^The CA was valid until \d{4}-\d\d-\d\d$"):
        signed_by_ca(ca.certificate, ca.key, ["chat.lan"], 1)


def test_a_directory_with_a_ca_gets_no_self_signed_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path) == 0
    assert command.main(["cert", str(tmp_path), "--replace"]) == 2
    assert "has a ca.crt already; add --ca, or give another DIR." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ca", "--host", "x", "--days", "399"], "--days takes 1 to 398 days with --ca: phones"),
        (["--ca", "--host", "x", "--days", "0"], "--days takes 1 to 398 days with --ca: phones"),
        (["--ca"], "--ca needs the server's names and addresses, each with --host NAME"),
        (["--keep-ca-key"], "--keep-ca-key goes with --ca"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["cert", str(tmp_path / "x"), *arguments])
    assert ended.value.code == 2
    assert f"netchat: {sentence}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_page_is_told_the_names_that_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = ["chat.lan", "pi.local", "1.2.3.4", "*.lab"]
    given_hosts = [word for host in hosts for word in ("--host", host)]
    assert command.main(["cert", str(tmp_path), "--ca", *given_hosts]) == 0
    assert "/cert.pem --web-host chat.lan\n" in capsys.readouterr().out


@given(st.lists(st.sampled_from(["a.lan", "b.c.lan", "*.d", "1.2.3.4", "fd00::1"]), min_size=1))
def test_a_ca_signs_for_its_hosts_and_for_no_others(hosts: list[str]) -> None:
    ca = new_ca(hosts, 10)
    assert signed_by_ca(ca.certificate, ca.key, hosts, 5).hosts == hosts
    for other in ("xa.lan", "lan", "1.2.3.5", "fd00::2", "*.e"):
        with pytest.raises(WrongCaError):
            signed_by_ca(ca.certificate, ca.key, [*hosts, other], 5)
