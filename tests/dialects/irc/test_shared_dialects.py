"""Clients with the same capabilities share one dialect."""

from __future__ import annotations

import gc

from netchat.dialects.irc.dialect import SharedDialects
from netchat.dialects.irc.user import User
from netchat.session.irc.view import IrcView
from netchat.testing import Network


def asking_for(*capabilities: str) -> User:
    user = User()
    user.active = user.capabilities = frozenset(capabilities)
    return user


def test_two_clients_share_a_dialect_and_the_set_of_what_they_have_asked_for() -> None:
    dialects = SharedDialects(IrcView(Network().service.factory.chat, "irc.example"))
    ann, bob = asking_for("setname", "batch"), asking_for("batch", "setname")
    assert dialects.take(ann) is dialects.take(bob)
    assert ann.capabilities is bob.capabilities is ann.active is bob.active


def test_a_dialect_that_nobody_reads_any_more_takes_no_memory() -> None:
    dialects = SharedDialects(IrcView(Network().service.factory.chat, "irc.example"))
    kept = dialects.get(frozenset({"batch"}))
    dialects.get(frozenset({"setname"}))
    gc.collect()
    assert [*dialects] == [kept]
