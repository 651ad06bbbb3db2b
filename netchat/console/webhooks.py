"""Requests about webhooks: what says lines in a room from outside, and what is sent its lines."""

from __future__ import annotations

from urllib.parse import urlsplit

from netchat.accounts.tokens import hash_token, make_token
from netchat.console import requests
from netchat.console.answers import SecretRow, WebhookRow, moment
from netchat.console.interface import Console
from netchat.console.steps import Outcome, RefusalError, Steps, valid_name, valid_room
from netchat.state.changes import RemoveWebhook, SetWebhook
from netchat.state.records import Webhook


def add(console: Console, request: requests.AddWebhook) -> Steps:
    """Add a webhook; its token or its secret is told this once.

    One with a URL is sent what is said from now on.
    """
    name, room = valid_name(request.name), valid_room(console, request.room)
    if console.state.webhook(name):
        raise RefusalError(
            "bad-request", f"There is a webhook called {name}; remove it first, or take a new name."
        )
    if any(console.state.name_holders(name, console.time())):
        raise RefusalError("name-taken", f"{name} is owned by somebody; give it another name.")
    token = make_token()
    if request.url:
        _check(request.url)
        webhook = Webhook(name, room, url=request.url, secret=token, sent=console.last(room))
    else:
        webhook = Webhook(name, room, hash=hash_token(token))
    yield SetWebhook(webhook)
    secret = SecretRow(name, secret=token) if request.url else SecretRow(name, token=token)
    return Outcome([secret])


def listed(console: Console, request: requests.ListWebhooks) -> Steps:
    """List the webhooks by name."""
    webhooks = sorted(console.state.all(Webhook), key=lambda webhook: webhook.name)
    yield from ()
    return Outcome(
        WebhookRow(x.name, x.room, "out" if x.url else "in", x.url, x.sent, moment(x.since))
        for x in webhooks
    )


def remove(console: Console, request: requests.DropWebhook) -> Steps:
    """Remove a webhook."""
    yield RemoveWebhook(request.name)
    return Outcome(message=f"The webhook {request.name} is removed.")


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise RefusalError(
            "bad-request", "A webhook is sent lines at an address like https://site.example/hook."
        )
