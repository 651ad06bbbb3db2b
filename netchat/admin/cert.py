"""`netchat cert`: makes a key and a self-signed certificate, for a server without a CA.

Clients get its fingerprint (`netchat HOST --fingerprint`) or the certificate's file (`--ca`).
Source: RFC 5280 (certificates), RFC 9525 (names are in subjectAltName only).
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import mkstemp

from netchat.admin.arguments import parser_for, report_error
from netchat.commandline.output import Output
from netchat.commandline.parser import Parser

LOCAL = ("localhost", "127.0.0.1", "::1")
PORT = 5002
_NAME = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*", re.ASCII)
_CLOCK_SKEW = timedelta(hours=1)
"""The certificate is valid from this long ago, because clients' clocks differ."""


@dataclass(frozen=True, slots=True)
class KeyAndCertificate:
    """A key and its certificate, in PEM, with the certificate's SHA-256 and last day."""

    hosts: Sequence[str]
    key: bytes
    certificate: bytes
    fingerprint: str
    until: str


def main(arguments: Sequence[str]) -> int:
    """Make a certificate according to `arguments`; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    if not 1 <= given.days <= 36500:
        parser.error("--days takes 1 to 36500 days")
    directory: Path = given.directory.absolute()
    output = parser.output()
    try:
        hosts = tuple(dict.fromkeys((*map(_host, given.host), *own_hosts(socket.gethostname()))))
        install(directory, generate(hosts, given.days), output, replace=given.replace)
        return output.close(0)
    except ImportError:
        report_error(
            "A key needs the package cryptography, which is missing here; install netchat again."
        )
    except ValueError as error:
        report_error(str(error))
    except OSError as error:
        report_error(f"{error.filename or directory} cannot be written: {error.strerror}.")
    return output.close(2)


def own_hosts(name: str) -> Sequence[str]:
    """Return the names of the host called `name`, without `name` itself if it is not valid."""
    return (name, *LOCAL) if _NAME.fullmatch(name) else LOCAL


def install(directory: Path, made: KeyAndCertificate, output: Output, *, replace: bool) -> None:
    """Write key and certificate into `directory`, and print to `output` how to use them.

    ValueError, with a sentence, if there are some already and `replace` is false.
    """
    key, certificate = directory / "key.pem", directory / "cert.pem"
    there = [path.name for path in (key, certificate) if os.path.lexists(path)]
    if there and not replace:
        raise ValueError(f"{directory} has a {there[0]} already; give another DIR or --replace.")
    directory.mkdir(parents=True, exist_ok=True)
    _write(key, made.key, 0o600)
    _write(certificate, made.certificate, 0o644)
    if there:
        output.print(
            f"The key and certificate in {directory} are replaced; a server reads them on SIGHUP."
        )
    for line in _instructions(key, certificate, made):
        output.print(line)


def generate(hosts: Sequence[str], days: int) -> KeyAndCertificate:
    """Return a new key and a certificate for `hosts`, names and IP addresses, valid for `days`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hosts[0][:64])])
    names = [
        x509.IPAddress(ip_address(host)) if _is_ip(host) else x509.DNSName(host) for host in hosts
    ]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    return KeyAndCertificate(
        hosts,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate.public_bytes(Encoding.PEM),
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        f"{certificate.not_valid_after_utc:%Y-%m-%d}",
    )


def make_parser() -> Parser:
    """Return the parser of `netchat cert`."""
    parser = parser_for(
        "cert",
        "Make a key and a self-signed certificate, for a server that listens with TLS.",
        "0: they are made; 2: they are not made",
    )
    parser.add_argument(
        "directory", metavar="DIR", type=Path, help="the directory for key.pem and cert.pem"
    )
    parser.add_argument(
        "--host",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name or IP address of the server; can be given several times",
    )
    parser.add_argument(
        "--days",
        metavar="N",
        type=int,
        default=365,
        help="days for which the certificate is valid (default: %(default)s)",
    )
    parser.add_argument(
        "--replace", action="store_true", help="replace a key and certificate in DIR"
    )
    return parser


def _host(text: str) -> str:
    """Return the name or address `text` as it stands in a certificate, or raise ValueError."""
    if _is_ip(text):
        return str(ip_address(text))
    try:
        name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not (_NAME.fullmatch(name) and len(name) <= 253):
        raise ValueError(f"{text!r} is not a host name or an IP address; correct --host.")
    return name


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _write(path: Path, content: bytes, mode: int) -> None:
    """Create or replace the file `path` in one step; it never has wider permissions than `mode`."""
    descriptor, temporary = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _instructions(key: Path, certificate: Path, made: KeyAndCertificate) -> Iterator[str]:
    """Yield the lines that tell how to use the key and the certificate."""
    private, public = (re.sub(r"([\\:])", r"\\\1", str(path)) for path in (key, certificate))
    endpoint = shlex.quote(f"ssl:{PORT}:privateKey={private}:certKey={public}")
    host = next(host for host in made.hosts if "*" not in host)
    address = shlex.quote(f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}")
    yield f"Key, which must stay secret: {key}"
    yield f"Certificate, valid until {made.until} for {', '.join(made.hosts)}: {certificate}"
    yield f"SHA-256: {made.fingerprint}"
    yield f"The server: twistd -n netchat --listen {endpoint}"
    yield f"A client:   netchat {address} --fingerprint {made.fingerprint}"
