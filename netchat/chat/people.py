"""Finds those who are present and concerned by a change: by name, account, role or address."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from netchat.chat.participants import Participants
from netchat.chat.room import Participant
from netchat.state.records import Restriction
from netchat.state.rights import Rank, rank_of
from netchat.state.state import ChatState


def named(participants: Participants, name: str) -> Sequence[Participant]:
    """Return whoever has the closest name equivalent to `name`: a guest, or all their devices."""
    closest = participants.find(name)
    return participants.devices(closest) if closest else ()


def restricted(
    participants: Participants, state: ChatState, restriction: Restriction
) -> Sequence[Participant]:
    """Return those to whom `restriction` applies, wherever they are."""
    target = restriction.target
    if restriction.target_kind == "account":
        return participants.of_account(int(target))
    if restriction.target_kind == "name":
        owner = state.owner(target)
        devices = participants.of_account(owner.number) if owner else ()
        return list(dict.fromkeys((*participants.holders(target), *devices)))
    network = ip_network(target)
    return [
        who
        for who in participants
        if (host := who.connection.host) is not None
        and host in network
        and rank_of(state, who.account) < Rank.OPERATOR
    ]
