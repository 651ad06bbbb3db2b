"""What an operator at the shell does with webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.accounts.tokens import hash_token
from netchat.console import requests
from netchat.console.answers import SecretRow, WebhookRow
from tests.support.console import RefusedRequestError, ask, console_of

if TYPE_CHECKING:
    from netchat.testing import Network


def secret_of(rows: list[object]) -> SecretRow:
    (row,) = rows
    assert isinstance(row, SecretRow)
    return row


def test_a_webhook_that_says_lines_has_a_token_that_is_shown_once(network: Network) -> None:
    network.join("Bob").say("/join Builds")
    secret = secret_of([*ask(network, requests.AddWebhook(name="ci", room="builds")).rows])
    webhook = console_of(network).state.webhook("ci")
    assert webhook is not None
    assert (webhook.room, webhook.hash, webhook.url) == ("Builds", hash_token(secret.token), "")
    rows = ask(network, requests.ListWebhooks()).rows
    assert [(row.name, row.direction) for row in rows if isinstance(row, WebhookRow)] == [
        ("ci", "in")
    ]
    assert secret.token not in msgspec.json.encode(rows).decode()


def test_a_webhook_that_is_sent_lines_begins_with_the_next_one(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("one")
    bob.say("two")
    request = requests.AddWebhook(name="log", room="lobby", url="https://site.example/hook?a=b")
    secret = secret_of([*ask(network, request).rows])
    webhook = console_of(network).state.webhook("log")
    assert webhook is not None
    assert (webhook.secret, webhook.sent, webhook.hash) == (secret.secret, 2, "")
    rows = ask(network, requests.ListWebhooks()).rows
    assert secret.secret not in msgspec.json.encode(rows).decode()


@pytest.mark.parametrize(
    "url",
    ["ftp://site", "https://", "site.example", "https://a b/", "http://[::1", "http://x:99999/"],
)
def test_a_webhook_is_sent_lines_at_a_web_address_only(network: Network, url: str) -> None:
    with pytest.raises(RefusedRequestError, match="at an address like"):
        ask(network, requests.AddWebhook(name="log", room="lobby", url=url))


def test_a_webhook_takes_no_name_of_somebody_else(network: Network) -> None:
    ask(network, requests.AddOperator(name="Alice"))
    with pytest.raises(RefusedRequestError, match="name-taken"):
        ask(network, requests.AddWebhook(name="alice", room="lobby"))
    ask(network, requests.AddWebhook(name="ci", room="lobby"))
    with pytest.raises(RefusedRequestError, match="There is a webhook called ci"):
        ask(network, requests.AddWebhook(name="ci", room="other"))


def test_a_webhook_is_removed_once(network: Network) -> None:
    ask(network, requests.AddWebhook(name="ci", room="lobby"))
    ask(network, requests.DropWebhook(name="ci"))
    assert ask(network, requests.ListWebhooks()).rows == []
    with pytest.raises(RefusedRequestError, match="There is no webhook called ci"):
        ask(network, requests.DropWebhook(name="ci"))
