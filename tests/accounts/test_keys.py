"""Public keys: which texts are one, and what a signature covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from netchat.accounts.keys import Challenge, check_key, verify
from netchat.accounts.ssh_keys import parse_ssh_key

T = TypeVar("T")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
CHALLENGE = Challenge("journal", "Alice", "", "server", "client", "")
SSH = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def result_of(parse: Callable[[str], T], text: str) -> T | ValueError:
    """Return what `parse` makes of `text`, or its refusal."""
    try:
        return parse(text)
    except ValueError as error:
        return error


def is_sentence(text: str) -> bool:
    """Return whether `text` is one sentence that says what to do."""
    return text[0].isupper() and "; " in text and text.endswith(".")


def test_what_is_signed_is_as_the_protocol_says() -> None:
    challenge = Challenge("j", "Alice", "c", "s", "o", "e")
    assert challenge.message == b"netchat key proof 1\nj\nAlice\nc\ns\no\ne"


def test_a_signature_by_the_key_is_right() -> None:
    assert verify(PUBLIC, KEY.sign(CHALLENGE.message).hex(), CHALLENGE)
    assert verify(PUBLIC.upper(), KEY.sign(CHALLENGE.message).hex().upper(), CHALLENGE)


@pytest.mark.parametrize("part", Challenge._fields)
def test_a_signature_for_another(part: str) -> None:
    """No part of what was signed may differ: journal, name, client, nonces, connection."""
    signature = KEY.sign(CHALLENGE.message).hex()
    assert not verify(PUBLIC, signature, CHALLENGE._replace(**{part: "other"}))


def test_a_signature_in_another_context_is_wrong() -> None:
    message = CHALLENGE.message.replace(b"netchat key proof 1", b"netchat key proof 2")
    assert not verify(PUBLIC, KEY.sign(message).hex(), CHALLENGE)


def test_parts_cannot_be_shifted_by_a_line_end() -> None:
    shifted = Challenge("journal", "Alice", "", "server\nclient", "", "")
    same = Challenge("journal", "Alice", "", "server", "client\n", "")
    assert shifted.message == same.message
    assert not verify(PUBLIC, KEY.sign(shifted.message).hex(), shifted)


@given(st.text(), st.text())
def test_any_texts_are_no_signature(key: str, signature: str) -> None:
    assert not verify(key, signature, CHALLENGE)
    assert not verify(PUBLIC, signature, CHALLENGE)


@given(st.text() | st.binary(min_size=30, max_size=34).map(bytes.hex))
def test_a_text_is_a_key_of_64_digits_or_refused(text: str) -> None:
    key = result_of(check_key, text)
    assert key == text.lower() or (isinstance(key, ValueError) and is_sentence(str(key)))
    assert isinstance(key, ValueError) or len(key) == 64


def test_an_ssh_key_is_kept_without_its_comment() -> None:
    assert parse_ssh_key(f"{SSH} alice@laptop at home\n") == (SSH, "alice@laptop at home")
    assert parse_ssh_key(SSH) == (SSH, "")


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_weak_ssh_key_is_refused(bits: int) -> None:
    key = make_rsa(65537, bits).public_key()
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    if bits >= 2048:
        assert parse_ssh_key(line) == (line, "")
    else:
        with pytest.raises(ValueError, match="too weak"):
            parse_ssh_key(line)


def test_a_dsa_key_is_refused() -> None:
    with pytest.raises(ValueError, match="too weak"):
        parse_ssh_key("ssh-dss AAAAB3NzaC1kc3M= old@host")


@given(
    st.text()
    | st.tuples(
        st.sampled_from(["ssh-ed25519", "ssh-rsa", "sk-ssh-ed25519@openssh.com"]), st.text()
    ).map(" ".join)
    | st.integers(12, len(SSH)).map(lambda end: SSH[:end])
)
def test_any_text_is_an_ssh_key_or_refused_with_one_sentence(text: str) -> None:
    found = result_of(parse_ssh_key, text)
    assert found == (SSH, "") or (isinstance(found, ValueError) and is_sentence(str(found)))
