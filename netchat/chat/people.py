"""Finds those who are present and concerned by a change: by name, account, role or address."""

from __future__ import annotations

from ipaddress import ip_network

from netchat.chat.room import Participant
from netchat.model.registry import NameRegistry
from netchat.state.records import Restriction
from netchat.state.rights import Rank, rank_of
from netchat.state.state import ChatState

Participants = NameRegistry[Participant]


def named(participants: Participants, name: str) -> list[Participant]:
    """Return whoever has the closest name equivalent to `name`: a guest, or all their devices."""
    closest = participants.find(name)
    if closest is None:
        return []
    return [who for who in participants.holders(name) if who.name == closest.name]


def of_account(participants: Participants, state: ChatState, number: int) -> list[Participant]:
    """Return the devices of the account with this number."""
    account = state.account(number)
    holders = participants.holders(account.name) if account else ()
    return [who for who in holders if who.account == number]


def operators(participants: Participants, state: ChatState) -> list[Participant]:
    """Return the devices of all operators."""
    return [who for number in state.members() for who in of_account(participants, state, number)]


def restricted(
    participants: Participants, state: ChatState, restriction: Restriction
) -> list[Participant]:
    """Return those to whom `restriction` applies, wherever they are."""
    target = restriction.target
    if restriction.target_kind == "account":
        return of_account(participants, state, int(target))
    if restriction.target_kind == "name":
        return list(participants.holders(target))
    network = ip_network(target)
    return [
        who
        for who in participants
        if (host := who.connection.host) is not None
        and host in network
        and rank_of(state, who.account) < Rank.OPERATOR
    ]
