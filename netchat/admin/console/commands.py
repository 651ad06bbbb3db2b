"""The commands of `netchat admin` that are one request each: their arguments, and that request."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from netchat.admin.console.values import SETTINGS, count, duration, room_settings
from netchat.commandline.parser import Parser
from netchat.console import requests

_DAY = 86_400
MakeRequest = Callable[[Namespace], requests.AnyConsoleRequest]
"""Makes the request of parsed arguments; ValueError, with a sentence, if they do not fit."""


@dataclass(frozen=True, slots=True)
class AdminCommand:
    """A command: what it is for, what adds its arguments to a parser, and the request it makes."""

    purpose: str
    add: Callable[[Parser], None]
    request: MakeRequest


def _nothing(_: Parser) -> None:
    """Add no arguments."""


def _name(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name of the account")


def _room(parser: Parser) -> None:
    parser.add_argument("room", metavar="ROOM", help="the room")


def _reason(parser: Parser) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for everybody to read")


def _for(parser: Parser, default: float = 0) -> None:
    parser.add_argument(
        "--for",
        dest="duration",
        type=duration,
        default=default,
        metavar="DURATION",
        help="such as 10m, 2h30m or 7d; 0: without end (default: %s)"
        % ("1d" if default else "without end"),
    )


def _where(parser: Parser) -> None:
    parser.add_argument(
        "--room", default="", metavar="ROOM", help="in this room only (default: the server)"
    )


def _who(parser: Parser) -> None:
    parser.add_argument("who", metavar="WHO", help="a name, an address or a network")
    _where(parser)


def _restriction(parser: Parser) -> None:
    _who(parser)
    _for(parser)
    _reason(parser)


def _optional_room(parser: Parser) -> None:
    parser.add_argument("room", metavar="ROOM", nargs="?", help="of this room only")


def _operator(parser: Parser) -> None:
    parser.add_argument(
        "action", metavar="add|remove", choices=("add", "remove"), help="what to do"
    )
    _name(parser)
    _for(parser, _DAY)


def _word(parser: Parser) -> None:
    _name(parser)
    _for(parser, _DAY)


def _kick(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="who is to go")
    _where(parser)
    _reason(parser)


def _text(parser: Parser) -> None:
    parser.add_argument("text", metavar="TEXT", help="the text")


def _delete(parser: Parser) -> None:
    _room(parser)
    parser.add_argument("ids", metavar="ID", nargs="+", type=count, help="the ids of the lines")
    _reason(parser)


def _settings(parser: Parser) -> None:
    _room(parser)
    parser.add_argument("settings", metavar="SETTING", nargs="*", help=SETTINGS)


def _op(parser: Parser) -> None:
    _name(parser)
    _room(parser)
    parser.add_argument("--member", action="store_true", help="a member, not a moderator")


def _deop(parser: Parser) -> None:
    _name(parser)
    _room(parser)
    parser.add_argument("--entirely", action="store_true", help="not even a member any more")


def _lock(parser: Parser) -> None:
    _for(parser)
    _reason(parser)


def add_invite_arguments(parser: Parser) -> None:
    """Add how many people an invitation is for, and until when it is good."""
    parser.add_argument(
        "--uses", type=count, default=1, metavar="N", help="for so many people (default: 1)"
    )
    _for(parser, 7 * _DAY)


def invitation(given: Namespace) -> requests.MakeInvitation:
    """Return the request for an invitation."""
    return requests.MakeInvitation(uses=given.uses, duration=given.duration)


def _revoke(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the id in the list of invitations, or the word")


def _audit(parser: Parser) -> None:
    parser.add_argument(
        "--limit", type=count, default=100, metavar="N", help="so many entries (default: 100)"
    )
    parser.add_argument(
        "--before", type=count, default=0, metavar="NUMBER", help="only those before this one"
    )


def _webhook(parser: Parser) -> None:
    actions = ("add", "list", "remove")
    parser.add_argument("action", metavar="add|list|remove", choices=actions, help="what to do")
    parser.add_argument("name", metavar="NAME", nargs="?", help="the speaker of its lines")
    parser.add_argument("room", metavar="ROOM", nargs="?", help="the room of its lines")
    parser.add_argument("url", metavar="URL", nargs="?", help="send it the lines of the room here")


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
            _operator,
            _operator_request,
        ),
        "accounts": AdminCommand("list the accounts", _nothing, lambda _: requests.ListAccounts()),
        "account": AdminCommand(
            "show an account and its proofs", _name, lambda x: requests.ShowAccount(name=x.name)
        ),
        "word": AdminCommand(
            "give an account a one-time word, if its proofs are lost",
            _word,
            lambda x: requests.MakeWord(name=x.name, duration=x.duration),
        ),
        "sessions": AdminCommand(
            "list the sessions of an account", _name, lambda x: requests.ListSessions(name=x.name)
        ),
        "end": AdminCommand(
            "end the sessions of an account", _name, lambda x: requests.EndSessions(name=x.name)
        ),
        "kick": AdminCommand(
            "remove somebody, who may come back",
            _kick,
            lambda x: requests.KickGuest(name=x.name, room=x.room, reason=x.reason),
        ),
        "ban": AdminCommand("keep somebody out", _restriction, _restrict("ban")),
        "unban": AdminCommand("end a ban", _who, _lift("ban")),
        "bans": AdminCommand(
            "list the bans and mutes", _optional_room, lambda x: requests.ListBans(room=x.room)
        ),
        "mute": AdminCommand("let somebody say nothing", _restriction, _restrict("mute")),
        "unmute": AdminCommand("end a mute", _who, _lift("mute")),
        "who": AdminCommand(
            "list who is connected, and from where",
            _optional_room,
            lambda x: requests.ListPresent(room=x.room),
        ),
        "announce": AdminCommand(
            "tell everybody",
            _text,
            lambda x: requests.AnnounceText(text=x.text),
        ),
        "delete": AdminCommand(
            "delete the texts of lines",
            _delete,
            lambda x: requests.DeleteTexts(room=x.room, ids=tuple(x.ids), reason=x.reason),
        ),
        "room": AdminCommand(
            "show how a room works, or change it",
            _settings,
            lambda x: requests.ChangeRoom(room=x.room, **room_settings(x.settings)),
        ),
        "op": AdminCommand(
            "make somebody a moderator of a room, or a member",
            _op,
            lambda x: requests.GiveRole(
                name=x.name, room=x.room, role="member" if x.member else "moderator"
            ),
        ),
        "deop": AdminCommand(
            "make a moderator a member",
            _deop,
            lambda x: requests.TakeRole(name=x.name, room=x.room, entirely=x.entirely),
        ),
        "lock": AdminCommand(
            "take no new guests and accounts; owners still come in",
            _lock,
            lambda x: requests.LockServer(duration=x.duration, reason=x.reason),
        ),
        "unlock": AdminCommand(
            "take new guests and accounts again", _nothing, lambda _: requests.UnlockServer()
        ),
        "invite": AdminCommand("make an invitation", add_invite_arguments, invitation),
        "invitations": AdminCommand(
            "list the invitations that are good", _nothing, lambda _: requests.ListInvitations()
        ),
        "revoke": AdminCommand(
            "withdraw an invitation", _revoke, lambda x: requests.RevokeInvitation(id=x.id)
        ),
        "audit": AdminCommand(
            "show who did what to whom, when and why",
            _audit,
            lambda x: requests.ReadAudit(limit=x.limit, before=x.before),
        ),
        "webhook": AdminCommand(
            "let a program say lines in a room, or send it those of a room",
            _webhook,
            _webhook_request,
        ),
    }
)
"""The commands by their names, in the order of the help."""
