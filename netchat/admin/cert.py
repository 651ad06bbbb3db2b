"""`netchat cert`: makes a key and a certificate, for a server without a public CA.

It is self-signed: clients get its fingerprint (`netchat HOST --fingerprint`) or its file (`--ca`).
Browsers on phones accept no such certificate, so `--ca` makes a CA for them, which they install
once, and a certificate that it has signed.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from argparse import Namespace
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from tempfile import mkstemp

from netchat.admin.arguments import parser_for, report_error
from netchat.admin.certificates import (
    KEPT_CA_DAYS,
    MAX_LEAF_DAYS,
    KeyAndCertificate,
    WrongCaError,
    is_ip,
    new_ca,
    self_signed,
    signed_by_ca,
)
from netchat.commandline.output import Output
from netchat.commandline.parser import Parser

LOCAL = ("localhost", "127.0.0.1", "::1")
PORT = 5002
_NAME = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*", re.ASCII)
_KEY, _CERTIFICATE, _CA, _CA_KEY = "key.pem", "cert.pem", "ca.crt", "ca-key.pem"
_PHONES = """\
Android: copy {ca} to the phone; Settings > Security > Encryption & credentials > Install a
  certificate > CA certificate. It is removed under Trusted credentials > User.
iPhone:  send {ca} to the phone and open it; Settings > General > VPN & Device Management >
  install the profile; then General > About > Certificate Trust Settings > turn it on.
  It is removed under VPN & Device Management."""


def main(arguments: Sequence[str]) -> int:
    """Make a certificate according to `arguments`; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    _check(parser, given)
    directory: Path = given.directory.absolute()
    output = parser.output()
    try:
        hosts = tuple(dict.fromkeys(map(_host, given.host)))
        if given.ca:
            _install_ca(directory, hosts, given, output)
        else:
            hosts = tuple(dict.fromkeys((*hosts, *own_hosts(socket.gethostname()))))
            _refuse(directory, [_CA], "add --ca, or give another DIR")
            install(directory, self_signed(hosts, given.days), output, replace=given.replace)
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
    there = _existing(directory, [_KEY, _CERTIFICATE])
    if not replace:
        _refuse(directory, there, "give another DIR or --replace")
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / _KEY, made.key, 0o600)
    _write(directory / _CERTIFICATE, made.certificate, 0o644)
    if there:
        output.print(
            f"The key and certificate in {directory} are replaced; a server reads them on SIGHUP."
        )
    _print_files(directory, made, output)
    output.print(f"SHA-256: {made.fingerprint}")
    output.print(f"The server: {_server_command(directory)}")
    output.print(f"A client:   netchat {_address(made)} --fingerprint {made.fingerprint}")


def _install_ca(directory: Path, hosts: Sequence[str], given: Namespace, output: Output) -> None:
    """Write key, certificate and CA into `directory`, and print to `output` how to use them.

    With `given.replace`, a CA whose key is there signs again, so that phones need no other one.
    """
    there = _existing(directory, [_KEY, _CERTIFICATE, _CA, _CA_KEY])
    if not given.replace:
        _refuse(directory, there, "give another DIR or --replace")
    kept = _CA in there and _CA_KEY in there
    try:
        if kept:
            ca, ca_key = (directory / _CA).read_bytes(), (directory / _CA_KEY).read_bytes()
        else:
            made_ca = new_ca(hosts, KEPT_CA_DAYS if given.keep_ca_key else given.days)
            ca, ca_key = made_ca.certificate, made_ca.key
        made = signed_by_ca(ca, ca_key, hosts, given.days)
    except WrongCaError as error:
        raise ValueError(f"{error}; give another DIR, which makes a new CA.") from error
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{directory} has a {_CA} and a {_CA_KEY} that do not belong together or cannot be "
            "read; give another DIR, which makes a new CA."
        ) from error
    directory.mkdir(parents=True, exist_ok=True)
    if not kept:
        # A key of another CA, or one that is to be destroyed, must not stay.
        (directory / _CA_KEY).unlink(missing_ok=True)
        if given.keep_ca_key:
            _write(directory / _CA_KEY, ca_key, 0o600)
        _write(directory / _CA, ca, 0o644)
    _write(directory / _KEY, made.key, 0o600)
    _write(directory / _CERTIFICATE, made.certificate, 0o644)
    _print_files(directory, made, output)
    for line in _ca_instructions(directory, given, was_there=_CA in there, kept=kept):
        output.print(line)
    output.print(f"The server: {_server_command(directory)}{_web_hosts(hosts)}")
    output.print(f"A client:   netchat {_address(made)} --ca {shlex.quote(str(directory / _CA))}")
    output.print(_PHONES.format(ca=_CA))


def _ca_instructions(
    directory: Path, given: Namespace, *, was_there: bool, kept: bool
) -> Iterator[str]:
    """Yield the lines that tell where the CA is, and what has become of its key."""
    yield f"CA for phones, for these hosts only: {directory / _CA}"
    if kept or given.keep_ca_key:
        key = directory / _CA_KEY
        yield f"Its key, which must stay secret and is best kept elsewhere: {key}"
    else:
        yield "Its key is destroyed: nobody can sign anything else with it."
    if kept:
        yield "The CA is the same as before: phones that have it need no other one."
    elif was_there:
        yield "The CA is a new one: remove the old one from the phones, and install this one."


def _check(parser: Parser, given: Namespace) -> None:
    """Refuse options that do not go together."""
    if given.ca and not 1 <= given.days <= MAX_LEAF_DAYS:
        parser.error(f"--days takes 1 to {MAX_LEAF_DAYS} days with --ca: phones refuse more")
    if not 1 <= given.days <= 36500:
        parser.error("--days takes 1 to 36500 days")
    if given.keep_ca_key and not given.ca:
        parser.error("--keep-ca-key goes with --ca")
    if given.ca and not given.host:
        parser.error("--ca needs the server's names and addresses, each with --host NAME")


def make_parser() -> Parser:
    """Return the parser of `netchat cert`."""
    parser = parser_for(
        "cert",
        "Make a key and a certificate, for a server that listens with TLS: self-signed, or, for\n"
        "phones, signed by a new CA.",
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
    parser.add_argument(
        "--ca",
        action="store_true",
        help="make a CA for phones, too, that can sign for the hosts given with --host only; "
        f"the certificate is valid for {MAX_LEAF_DAYS} days at most",
    )
    parser.add_argument(
        "--keep-ca-key",
        action="store_true",
        help="keep the key of the CA, so that --ca --replace signs again and phones need no other "
        "CA; without it, the key is destroyed",
    )
    return parser


def _host(text: str) -> str:
    """Return the name or address `text` as it stands in a certificate, or raise ValueError."""
    if is_ip(text):
        return str(ip_address(text))
    try:
        name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not (_NAME.fullmatch(name) and len(name) <= 253):
        raise ValueError(f"{text!r} is not a host name or an IP address; correct --host.")
    return name


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


def _existing(directory: Path, names: Sequence[str]) -> Sequence[str]:
    return [name for name in names if os.path.lexists(directory / name)]


def _refuse(directory: Path, names: Sequence[str], remedy: str) -> None:
    """Raise ValueError if one of the files `names` exists in `directory`."""
    for name in _existing(directory, names):
        raise ValueError(f"{directory} has a {name} already; {remedy}.")


def _print_files(directory: Path, made: KeyAndCertificate, output: Output) -> None:
    output.print(f"Key, which must stay secret: {directory / _KEY}")
    names = ", ".join(made.hosts)
    output.print(f"Certificate, valid until {made.until} for {names}: {directory / _CERTIFICATE}")


def _server_command(directory: Path) -> str:
    private, public = (
        re.sub(r"([\\:])", r"\\\1", str(directory / name)) for name in (_KEY, _CERTIFICATE)
    )
    endpoint = shlex.quote(f"ssl:{PORT}:privateKey={private}:certKey={public}")
    return f"twistd -n netchat --listen {endpoint}"


def _web_hosts(hosts: Sequence[str]) -> str:
    """Return the options for the names that the server's page does not accept of itself."""
    names = [host for host in hosts if not is_ip(host) and not host.endswith((".local", "*"))]
    return "".join(f" --web-host {shlex.quote(name)}" for name in names if "*" not in name)


def _address(made: KeyAndCertificate) -> str:
    host = next((host for host in made.hosts if "*" not in host), made.hosts[0])
    return shlex.quote(f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}")
