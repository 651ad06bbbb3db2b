"""Make keys and certificates: self-signed, or signed by a CA that can sign for few hosts only.

Source: RFC 5280 (certificates, name constraints), RFC 9525 (names are in subjectAltName only), and
https://support.apple.com/en-us/102028 (what phones accept: 398 days, the use serverAuth, SHA-256).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

CLOCK_SKEW = timedelta(hours=1)
"""A certificate is valid from this long ago, because clients' clocks differ."""
MAX_LEAF_DAYS = 398
"""Phones refuse a server's certificate that is valid for longer."""
KEPT_CA_DAYS = 3650
"""Days for which a CA is valid whose key is kept."""


class WrongCaError(ValueError):
    """The CA cannot sign for these hosts any more; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class KeyAndCertificate:
    """A key and its certificate, in PEM, with the certificate's SHA-256 and last day."""

    hosts: Sequence[str]
    key: bytes
    certificate: bytes
    fingerprint: str
    until: str


def is_ip(text: str) -> bool:
    """Return whether `text` is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def self_signed(hosts: Sequence[str], days: int) -> KeyAndCertificate:
    """Return a new key and a certificate for `hosts`, names and IP addresses, valid for `days`."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = _new_key()
    subject = _name(hosts[0][:64])
    builder = (
        _builder(subject, subject, key, datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return _signed(builder, hosts, key, key)


def new_ca(hosts: Sequence[str], days: int) -> KeyAndCertificate:
    """Return the key and certificate of a new CA that can sign for `hosts` only.

    It cannot sign for other CAs, other hosts or other uses. Name constraints restrict a kind of
    names only if they mention it, so the kind that `hosts` does not have is excluded altogether.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = _new_key()
    today = datetime.now(UTC)
    first = f"{hosts[0][:30]}..." if len(hosts[0]) > 33 else hosts[0]
    subject = _name(f"netchat CA for {first}, {today:%Y-%m-%d}")
    permitted = [_subtree(host) for host in hosts]
    excluded: list[x509.GeneralName] = []
    if not any(is_ip(host) for host in hosts):
        excluded += [x509.IPAddress(ip_network(all_of)) for all_of in ("0.0.0.0/0", "::/0")]
    if all(is_ip(host) for host in hosts):
        excluded.append(x509.DNSName(""))
    builder = (
        _builder(subject, subject, key, today + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.NameConstraints(permitted, excluded or None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _signed(builder, hosts, key, key)


def signed_by_ca(ca: bytes, ca_key: bytes, hosts: Sequence[str], days: int) -> KeyAndCertificate:
    """Return a new key and a certificate for `hosts`, signed by the CA `ca` with `ca_key` (PEM).

    It is valid for `days`, at most MAX_LEAF_DAYS, and never longer than the CA. Raises WrongCaError
    if the CA has expired or cannot sign for one of `hosts`, ValueError if it is not a CA with its
    key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID

    authority = x509.load_pem_x509_certificate(ca)
    signing = load_pem_private_key(ca_key, None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey) or (
        signing.public_key() != authority.public_key()
    ):
        raise ValueError("the key is not that of the CA")
    _check_may_sign(authority, hosts)
    now = datetime.now(UTC)
    until = min(
        now + timedelta(days=days),
        now - CLOCK_SKEW + timedelta(days=MAX_LEAF_DAYS),
        authority.not_valid_after_utc,
    )
    if until <= now:
        raise WrongCaError(f"The CA was valid until {authority.not_valid_after_utc:%Y-%m-%d}")
    key = _new_key()
    # A subject that looks like a host would be checked against the constraints, too.
    builder = (
        _builder(_name("netchat"), authority.subject, key, until)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
    )
    return _signed(builder, hosts, key, signing)


def _check_may_sign(authority: x509.Certificate, hosts: Sequence[str]) -> None:
    from cryptography import x509

    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or []
    for host in hosts:
        if not any(_permits(subtree, host) for subtree in permitted):
            names = ", ".join(str(subtree.value) for subtree in permitted)
            raise WrongCaError(f"The CA can sign for {names} only, and not for {host}")


def _permits(subtree: x509.GeneralName, host: str) -> bool:
    value = subtree.value
    if is_ip(host):
        return not isinstance(value, str) and ip_address(host) in value
    name = host.removeprefix("*.").lower()
    return isinstance(value, str) and f".{name}".endswith(f".{value.lower()}")


def _subtree(host: str) -> x509.GeneralName:
    from cryptography import x509

    if is_ip(host):
        return x509.IPAddress(ip_network(host))
    return x509.DNSName(host.removeprefix("*."))


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    from cryptography import x509

    return [
        x509.IPAddress(ip_address(host)) if is_ip(host) else x509.DNSName(host) for host in hosts
    ]


def _name(common_name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    from cryptography import x509

    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - CLOCK_SKEW)
        .not_valid_after(until)
    )


def _signed(
    builder: x509.CertificateBuilder,
    hosts: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
) -> KeyAndCertificate:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    certificate = builder.sign(signing, hashes.SHA256())
    return KeyAndCertificate(
        hosts,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate.public_bytes(Encoding.PEM),
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        f"{certificate.not_valid_after_utc:%Y-%m-%d}",
    )
