"""Keys and certificates for tests: of their own, in files, and for a day."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.internet import ssl

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A key, its certificate, and the file that a client can be given to trust it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path

    @property
    def fingerprint(self) -> bytes:
        return self.certificate.fingerprint(hashes.SHA256())

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @cached_property
    def server_options(self) -> ssl.CertificateOptions:
        both = ssl.PrivateCertificate.loadPEM(self.key_pem + self.pem)
        options: ssl.CertificateOptions = both.options()
        return options

    def put(self, place: Path) -> str:
        """Write key and certificate into the file `place`; return the endpoint that uses it."""
        place.write_bytes(self.key_pem + self.pem)
        return f"ssl:0:privateKey={place}:interface=127.0.0.1"


def identity(
    folder: Path,
    name: str,
    signer: Identity | None = None,
    ca: bool = False,
    until: datetime.datetime = NOW + DAY,
) -> Identity:
    """Return an identity for `name` (an IP address or not), signed by itself or by `signer`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 2 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signer.key if signer else key, hashes.SHA256())
    )
    file = folder / f"{name}-{certificate.serial_number}.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Identity(key, certificate, file)
