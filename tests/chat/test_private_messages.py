"""A private line that is sent again is recognised, though its text is not kept."""

from __future__ import annotations

import pytest

from netchat.chat import private_messages as module
from netchat.chat.private_messages import NonceReusedError, PrivateMessageCache
from netchat.model.events import Told
from tests.support.journals import grown


def private_line(nonce: str, text: str = "psst", time: float = 1.0) -> Told:
    return Told("Ann", "Bob", text, time, nonce)


def find(
    cache: PrivateMessageCache, nonce: str, text: str = "psst", *, to: str = "bob"
) -> Told | None:
    return cache.find("c", to, text, nonce)


@pytest.mark.parametrize("to", ["bob", "BOB", "Ｂob"])
def test_a_line_sent_again_is_found_as_it_was_first_sent(to: str) -> None:
    cache = PrivateMessageCache()
    assert find(cache, "1", to=to) is None
    cache.add("c", "bob", private_line("1"))
    assert find(cache, "1", to=to) == private_line("1")


@pytest.mark.parametrize(("to", "text"), [("Bo", "psst"), ("bob", "pssst"), ("b", "obpsst")])
def test_a_nonce_belongs_to_one_line(to: str, text: str) -> None:
    cache = PrivateMessageCache()
    cache.add("c", "bob", private_line("1"))
    with pytest.raises(NonceReusedError):
        find(cache, "1", text, to=to)


def test_nonces_are_per_client_and_lines_without_client_or_nonce_are_not_kept() -> None:
    cache = PrivateMessageCache()
    cache.add("c", "bob", private_line("1"))
    assert cache.find("d", "bob", "other", "1") is None
    for client, nonce in (("", "1"), ("c", "")):
        cache.add(client, "bob", private_line(nonce))
        assert cache.find(client, "bob", "psst", nonce) is None


def test_only_the_newest_lines_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)
    cache = PrivateMessageCache()
    for nonce in "abcd":
        cache.add("c", "bob", private_line(nonce))
    assert find(cache, "b") is not None
    assert find(cache, "a") is None


def test_a_line_takes_few_bytes_however_long_it_and_its_nonce_are() -> None:
    cache = PrivateMessageCache()

    def fill() -> None:
        for number in range(1000):
            nonce = f"{chr(0x1F600) * 120}{number}"
            cache.add(
                "c", "bob", private_line(nonce, f"{chr(0x1F600)}{'x' * 4092}{number}", number)
            )

    assert grown(fill) < 1000 * 350
