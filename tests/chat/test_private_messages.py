"""A private line that is sent again is recognised, though its text is not kept."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from netchat.chat import private_messages as module
from netchat.chat.private_messages import NonceReusedError, PrivateMessageCache
from netchat.model.events import Refused, Told
from netchat.model.notices import ToldAgain
from tests.support.journals import grown


def private_line(
    nonce: str, text: str = "psst", time: float = 1.0, client: str = "", to: str = "Bob"
) -> Told:
    return Told("Ann", to, text, time, nonce, client)


def add(cache: PrivateMessageCache, told: Told, client: str = "c") -> object:
    return cache.settle(replace(told, client=client))


def find(
    cache: PrivateMessageCache, nonce: str, text: str = "psst", *, to: str = "bob"
) -> Told | None:
    return cache.find("c", to, text, nonce)


@pytest.mark.parametrize("to", ["bob", "BOB", "Ｂob"])
def test_a_line_sent_again_is_found_as_it_was_first_sent(to: str) -> None:
    cache = PrivateMessageCache()
    assert find(cache, "1", to=to) is None
    assert add(cache, private_line("1")) == private_line("1", client="c")
    assert find(cache, "1", to=to) == private_line("1")
    assert add(cache, private_line("1", to=to)) == ToldAgain(private_line("1"))


@pytest.mark.parametrize(("to", "text"), [("Bo", "psst"), ("bob", "pssst"), ("b", "obpsst")])
def test_a_nonce_belongs_to_one_line(to: str, text: str) -> None:
    cache = PrivateMessageCache()
    add(cache, private_line("1"))
    with pytest.raises(NonceReusedError):
        find(cache, "1", text, to=to)
    refused = add(cache, private_line("1", text, to=to))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("nonce-reused", "1")


def test_a_line_whose_text_is_erased_already_is_found_whatever_its_text_is() -> None:
    cache = PrivateMessageCache()
    add(cache, private_line("1", ""))
    assert find(cache, "1") == private_line("1")


def test_nonces_are_per_client_and_lines_without_client_or_nonce_are_not_kept() -> None:
    cache = PrivateMessageCache()
    add(cache, private_line("1"))
    assert cache.find("d", "bob", "other", "1") is None
    for client, nonce in (("", "1"), ("c", "")):
        add(cache, private_line(nonce), client)
        assert cache.find(client, "bob", "psst", nonce) is None


def test_only_the_newest_lines_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)
    cache = PrivateMessageCache()
    for nonce in "abcd":
        add(cache, private_line(nonce))
    assert find(cache, "b") is not None
    assert find(cache, "a") is None


def test_a_line_takes_few_bytes_however_long_it_and_its_nonce_are() -> None:
    cache = PrivateMessageCache()

    def fill() -> None:
        for number in range(1000):
            nonce = f"{chr(0x1F600) * 120}{number}"
            add(cache, private_line(nonce, f"{chr(0x1F600)}{'x' * 4092}{number}", number))

    assert grown(fill) < 1000 * 350
