"""The commands of `netchat admin` that are one request each: their arguments, and that request."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from netchat.admin.console.arguments import (
    add_audit,
    add_delete,
    add_deop,
    add_drain,
    add_invite_arguments,
    add_kick,
    add_lock,
    add_name,
    add_nothing,
    add_op,
    add_operator,
    add_optional_room,
    add_restriction,
    add_revoke,
    add_settings,
    add_text,
    add_webhook,
    add_who,
    add_word,
)
from netchat.admin.console.values import room_settings
from netchat.commandline.parser import Parser
from netchat.console import requests

MakeRequest = Callable[[Namespace], requests.AnyConsoleRequest]
"""Makes the request of parsed arguments; ValueError, with a sentence, if they do not fit."""


@dataclass(frozen=True, slots=True)
class AdminCommand:
    """A command: what it is for, what adds its arguments to a parser, and the request it makes."""

    purpose: str
    add: Callable[[Parser], None]
    request: MakeRequest


def invitation(given: Namespace) -> requests.MakeInvitation:
    """Return the request for an invitation."""
    return requests.MakeInvitation(uses=given.uses, duration=given.duration)


def _operator_request(given: Namespace) -> requests.AnyConsoleRequest:
    if given.action == "add":
        return requests.AddOperator(name=given.name, duration=given.duration)
    return requests.RemoveOperator(name=given.name)


def _restrict(what: Literal["ban", "mute"]) -> MakeRequest:
    return lambda given: requests.RestrictWho(
        what=what, who=given.who, room=given.room, duration=given.duration, reason=given.reason
    )


def _lift(what: Literal["ban", "mute"]) -> MakeRequest:
    return lambda given: requests.LiftWho(what=what, who=given.who, room=given.room)


def _webhook_request(given: Namespace) -> requests.AnyConsoleRequest:
    wanted = {"add": given.room, "remove": given.name, "list": "-"}[given.action]
    extra = {"add": None, "remove": given.room, "list": given.name}[given.action]
    if not wanted or extra:
        raise ValueError("Give `add NAME ROOM [URL]`, `remove NAME` or `list`.")
    if given.action == "add":
        return requests.AddWebhook(name=given.name, room=given.room, url=given.url or "")
    if given.action == "remove":
        return requests.DropWebhook(name=given.name)
    return requests.ListWebhooks()


COMMANDS: Mapping[str, AdminCommand] = MappingProxyType(
    {
        "operator": AdminCommand(
            "make somebody an operator, with a one-time word if nobody owns the name; or no more",
            add_operator,
            _operator_request,
        ),
        "accounts": AdminCommand(
            "list the accounts", add_nothing, lambda _: requests.ListAccounts()
        ),
        "account": AdminCommand(
            "show an account and its proofs", add_name, lambda x: requests.ShowAccount(name=x.name)
        ),
        "word": AdminCommand(
            "give an account a one-time word, if its proofs are lost",
            add_word,
            lambda x: requests.MakeWord(name=x.name, duration=x.duration),
        ),
        "sessions": AdminCommand(
            "list the sessions of an account",
            add_name,
            lambda x: requests.ListSessions(name=x.name),
        ),
        "end": AdminCommand(
            "end the sessions of an account", add_name, lambda x: requests.EndSessions(name=x.name)
        ),
        "kick": AdminCommand(
            "remove somebody, who may come back",
            add_kick,
            lambda x: requests.KickGuest(name=x.name, room=x.room, reason=x.reason),
        ),
        "ban": AdminCommand("keep somebody out", add_restriction, _restrict("ban")),
        "unban": AdminCommand("end a ban", add_who, _lift("ban")),
        "bans": AdminCommand(
            "list the bans and mutes", add_optional_room, lambda x: requests.ListBans(room=x.room)
        ),
        "mute": AdminCommand("let somebody say nothing", add_restriction, _restrict("mute")),
        "unmute": AdminCommand("end a mute", add_who, _lift("mute")),
        "who": AdminCommand(
            "list who is connected, and from where",
            add_optional_room,
            lambda x: requests.ListPresent(room=x.room),
        ),
        "announce": AdminCommand(
            "tell everybody",
            add_text,
            lambda x: requests.AnnounceText(text=x.text),
        ),
        "delete": AdminCommand(
            "delete the texts of lines",
            add_delete,
            lambda x: requests.DeleteTexts(room=x.room, ids=tuple(x.ids), reason=x.reason),
        ),
        "room": AdminCommand(
            "show how a room works, or change it",
            add_settings,
            lambda x: requests.ChangeRoom(room=x.room, **room_settings(x.settings)),
        ),
        "op": AdminCommand(
            "make somebody a moderator of a room, or a member",
            add_op,
            lambda x: requests.GiveRole(
                name=x.name, room=x.room, role="member" if x.member else "moderator"
            ),
        ),
        "deop": AdminCommand(
            "make a moderator a member",
            add_deop,
            lambda x: requests.TakeRole(name=x.name, room=x.room, entirely=x.entirely),
        ),
        "lock": AdminCommand(
            "take no new guests and accounts; owners still come in",
            add_lock,
            lambda x: requests.LockServer(duration=x.duration, reason=x.reason),
        ),
        "unlock": AdminCommand(
            "take new guests and accounts again", add_nothing, lambda _: requests.UnlockServer()
        ),
        "invite": AdminCommand("make an invitation", add_invite_arguments, invitation),
        "invitations": AdminCommand(
            "list the invitations that are good", add_nothing, lambda _: requests.ListInvitations()
        ),
        "revoke": AdminCommand(
            "withdraw an invitation", add_revoke, lambda x: requests.RevokeInvitation(id=x.id)
        ),
        "audit": AdminCommand(
            "show who did what to whom, when and why",
            add_audit,
            lambda x: requests.ReadAudit(limit=x.limit, before=x.before),
        ),
        "webhook": AdminCommand(
            "let a program say lines in a room, or send it those of a room",
            add_webhook,
            _webhook_request,
        ),
        "status": AdminCommand(
            "show how the server does and, if there are several, who is on which",
            add_nothing,
            lambda _: requests.GetStatus(),
        ),
        "drain": AdminCommand(
            "send the guests to the other servers of the site, a few at a time, and stop",
            add_drain,
            lambda x: requests.DrainServer(duration=x.duration),
        ),
    }
)
"""The commands by their names, in the order of the help."""
