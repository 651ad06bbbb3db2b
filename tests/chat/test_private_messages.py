"""A private line that is told again is known, and its text is not kept for that."""

from __future__ import annotations

import pytest

from netchat.chat import private_messages as module
from netchat.chat.private_messages import NonceReusedError, PrivateMessageCache
from netchat.model.events import Told
from tests.support.journals import grown


def psst(nonce: str, text: str = "psst", time: float = 1.0) -> Told:
    return Told("Ann", "Bob", text, time, nonce)


def find(
    told: PrivateMessageCache, nonce: str, text: str = "psst", *, to: str = "bob"
) -> Told | None:
    return told.find("c", to, text, nonce)


@pytest.mark.parametrize("to", ["bob", "BOB", "Ｂob"])
def test_a_line_told_again_is_as_it_was_told_first(to: str) -> None:
    told = PrivateMessageCache()
    assert find(told, "1", to=to) is None
    told.add("c", "bob", psst("1"))
    assert find(told, "1", to=to) == psst("1")


@pytest.mark.parametrize(("to", "text"), [("Bo", "psst"), ("bob", "pssst"), ("b", "obpsst")])
def test_a_nonce_is_for_one_line(to: str, text: str) -> None:
    told = PrivateMessageCache()
    told.add("c", "bob", psst("1"))
    with pytest.raises(NonceReusedError):
        find(told, "1", text, to=to)


def test_another_client_has_nonces_of_its_own_and_without_either_nothing_is_known() -> None:
    told = PrivateMessageCache()
    told.add("c", "bob", psst("1"))
    assert told.find("d", "bob", "other", "1") is None
    for client, nonce in (("", "1"), ("c", "")):
        told.add(client, "bob", psst(nonce))
        assert told.find(client, "bob", "psst", nonce) is None


def test_the_newest_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    told = PrivateMessageCache()
    for nonce in "abcd":
        told.add("c", "bob", psst(nonce))
    assert find(told, "b") is not None
    assert find(told, "a") is None


def test_a_line_costs_a_few_bytes_however_long_it_and_its_nonce_are() -> None:
    told = PrivateMessageCache()

    def tell() -> None:
        for number in range(1000):
            nonce = f"{chr(0x1F600) * 120}{number}"
            told.add("c", "bob", psst(nonce, f"{chr(0x1F600)}{'x' * 4092}{number}", number))

    assert grown(tell) < 1000 * 350
