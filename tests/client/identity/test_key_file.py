"""The key for a server: it is kept privately, and used for the server that it is for only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from netchat.client.identity.interfaces import KeyProblemError
from netchat.client.identity.key_file import KeyFile

JOURNAL = "journal-1"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    """The file of the key for a server that the user has no key for yet."""
    return KeyFile(tmp_path / "state", "chat.test:5001")


def test_a_user_has_no_key_until_they_make_one(keys: KeyFile) -> None:
    assert keys.find(JOURNAL) is None
    assert not keys.path.exists()


def test_a_key_that_was_made_is_found_again_and_signs(keys: KeyFile) -> None:
    made = keys.make(JOURNAL)
    found = keys.find(JOURNAL)
    assert found is not None
    assert found.public == made.public
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public))
    public.verify(found.sign(b"text"), b"text")


def test_a_key_is_made_only_once(keys: KeyFile) -> None:
    assert keys.make(JOURNAL).public == keys.make(JOURNAL).public


def test_each_server_has_a_key_of_its_own(tmp_path: Path) -> None:
    one, other = (KeyFile(tmp_path, address) for address in ("one.test:5001", "other.test:5001"))
    assert one.make(JOURNAL).public != other.make(JOURNAL).public


def test_only_the_user_can_read_the_key_and_its_directory(keys: KeyFile) -> None:
    before = os.umask(0)
    try:
        keys.make(JOURNAL)
        keys.add_name("Alice", JOURNAL)
    finally:
        os.umask(before)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in keys.path.parent.iterdir()] == [keys.path.name]


def test_a_server_with_another_journal_does_not_get_a_signature(keys: KeyFile) -> None:
    keys.make(JOURNAL)
    for use in (keys.find, keys.make):
        with pytest.raises(KeyProblemError) as refused:
            use("journal-2")
        assert str(refused.value) == (
            "Your key for chat.test:5001 is not used, because the server has another journal now: "
            f"if it was set up anew, remove {keys.place} and type /own again."
        )


def test_a_key_that_others_can_read_is_not_used(keys: KeyFile) -> None:
    keys.make(JOURNAL)
    keys.path.chmod(0o640)
    with pytest.raises(KeyProblemError, match=f"others can read it: type chmod 600 {keys.place}"):
        keys.find(JOURNAL)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"server":"","journal":"","key":"12"}', b"\xff"])
def test_a_damaged_key_is_reported(keys: KeyFile, content: bytes) -> None:
    keys.make(JOURNAL)
    keys.path.write_bytes(content)
    with pytest.raises(KeyProblemError, match="is damaged and has no key any more: remove it"):
        keys.find(JOURNAL)


def test_a_key_that_cannot_be_read_is_reported(keys: KeyFile) -> None:
    keys.path.mkdir(parents=True)
    with pytest.raises(KeyProblemError, match=r"cannot be read \(Is a directory\): correct that"):
        keys.find(JOURNAL)


def test_a_key_that_cannot_be_kept_is_reported(tmp_path: Path) -> None:
    (tmp_path / "keys").symlink_to(tmp_path / "nowhere")
    keys = KeyFile(tmp_path, "chat.test:5001")
    with pytest.raises(KeyProblemError) as refused:
        keys.make(JOURNAL)
    assert str(refused.value) == (
        f"A key cannot be kept in {keys.place} (File exists): correct that, or type /own password."
    )


def test_two_clients_that_make_the_key_at_the_same_time_have_the_same_one(
    keys: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = KeyFile(keys.path.parent.parent, "chat.test:5001")
    link, others = os.link, []

    def link_second(made: str, path: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        others.append(other.make(JOURNAL).public)
        link(made, path)

    monkeypatch.setattr(os, "link", link_second)
    assert [keys.make(JOURNAL).public] == others


def test_a_key_is_for_the_names_that_the_server_has_accepted_it_for(keys: KeyFile) -> None:
    assert not keys.make(JOURNAL).is_for("Alice")
    keys.add_name("Alice", JOURNAL)
    keys.add_name("Bob", JOURNAL)
    keys.add_name("alice", JOURNAL)
    found = keys.find(JOURNAL)
    assert found is not None
    assert found.names == ("Alice", "Bob")
    assert found.is_for("ALICE")
    assert found.is_for("A1ice")
    assert not found.is_for("Carol")


def test_the_address_of_any_server_makes_a_file_name(tmp_path: Path) -> None:
    long = f"wss://chat.test:443/{'x/' * 300}"
    for address in ("[fe80::5%eth0]:5001", "wss://chat.test:443/../ws", long):
        keys = KeyFile(tmp_path, address)
        keys.make(JOURNAL)
        assert keys.path.parent == tmp_path / "keys"


def test_the_private_key_is_not_shown_with_the_key(keys: KeyFile) -> None:
    made = keys.make(JOURNAL)
    assert repr(made) == f"Key(public='{made.public}', names=())"
