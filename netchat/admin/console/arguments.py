"""The arguments of the commands of `netchat admin`; each function adds some to a parser."""

from __future__ import annotations

from netchat.admin.console.values import SETTINGS, count, duration
from netchat.commandline.parser import Parser


def add_nothing(_: Parser) -> None:
    """Add no arguments."""


def add_name(parser: Parser) -> None:
    """Add the name of an account."""
    parser.add_argument("name", metavar="NAME", help="the name of the account")


def add_room(parser: Parser) -> None:
    """Add a room."""
    parser.add_argument("room", metavar="ROOM", help="the room")


def add_reason(parser: Parser) -> None:
    """Add a reason."""
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for everybody to read")


def add_duration(parser: Parser, default: str = "0") -> None:
    """Add for how long; `default` as on the command line."""
    parser.add_argument(
        "--for",
        dest="duration",
        type=duration,
        default=default,
        metavar="DURATION",
        help="such as 10m, 2h30m or 7d; 0: without end (default: %(default)s)",
    )


def add_place(parser: Parser) -> None:
    """Add the room, without which it is the server."""
    parser.add_argument(
        "--room", default="", metavar="ROOM", help="in this room only (default: the server)"
    )


def add_who(parser: Parser) -> None:
    """Add whom to act on, and where."""
    parser.add_argument("who", metavar="WHO", help="a name, an address or a network")
    add_place(parser)


def add_restriction(parser: Parser) -> None:
    """Add whom to ban or mute, where, for how long and why."""
    add_who(parser)
    add_duration(parser)
    add_reason(parser)


def add_optional_room(parser: Parser) -> None:
    """Add a room that may be left out."""
    parser.add_argument("room", metavar="ROOM", nargs="?", help="of this room only")


def add_operator(parser: Parser) -> None:
    """Add whom to make an operator, or no operator any more."""
    parser.add_argument(
        "action", metavar="add|remove", choices=("add", "remove"), help="what to do"
    )
    add_name(parser)
    add_duration(parser, "1d")


def add_word(parser: Parser) -> None:
    """Add whose word it is, and for how long it is good."""
    add_name(parser)
    add_duration(parser, "1d")


def add_kick(parser: Parser) -> None:
    """Add who is to go, from where and why."""
    parser.add_argument("name", metavar="NAME", help="who is to go")
    add_place(parser)
    add_reason(parser)


def add_text(parser: Parser) -> None:
    """Add a text."""
    parser.add_argument("text", metavar="TEXT", help="the text")


def add_delete(parser: Parser) -> None:
    """Add which lines to delete, and why."""
    add_room(parser)
    parser.add_argument("ids", metavar="ID", nargs="+", type=count, help="the ids of the lines")
    add_reason(parser)


def add_settings(parser: Parser) -> None:
    """Add a room and its settings."""
    add_room(parser)
    parser.add_argument("settings", metavar="SETTING", nargs="*", help=SETTINGS)


def add_op(parser: Parser) -> None:
    """Add who gets which role in which room."""
    add_name(parser)
    add_room(parser)
    parser.add_argument("--member", action="store_true", help="a member, not a moderator")


def add_deop(parser: Parser) -> None:
    """Add who loses the role in which room."""
    add_name(parser)
    add_room(parser)
    parser.add_argument("--entirely", action="store_true", help="not even a member any more")


def add_lock(parser: Parser) -> None:
    """Add for how long, and why."""
    add_duration(parser)
    add_reason(parser)


def add_drain(parser: Parser) -> None:
    """Add within which time all guests are sent away."""
    parser.add_argument(
        "--for",
        dest="duration",
        type=duration,
        default="10s",
        metavar="DURATION",
        help="such as 30s; 0: all at once (default: %(default)s)",
    )


def add_invite_arguments(parser: Parser) -> None:
    """Add how many people an invitation is for, and until when it is good."""
    parser.add_argument(
        "--uses", type=count, default=1, metavar="N", help="for so many people (default: 1)"
    )
    add_duration(parser, "7d")


def add_revoke(parser: Parser) -> None:
    """Add which invitation."""
    parser.add_argument("id", metavar="ID", help="the id in the list of invitations, or the word")


def add_audit(parser: Parser) -> None:
    """Add how much of the audit."""
    parser.add_argument(
        "--limit", type=count, default=100, metavar="N", help="so many entries (default: 100)"
    )
    parser.add_argument(
        "--before", type=count, default=0, metavar="NUMBER", help="only those before this one"
    )


def add_webhook(parser: Parser) -> None:
    """Add what to do with which webhook."""
    actions = ("add", "list", "remove")
    parser.add_argument("action", metavar="add|list|remove", choices=actions, help="what to do")
    parser.add_argument("name", metavar="NAME", nargs="?", help="the speaker of its lines")
    parser.add_argument("room", metavar="ROOM", nargs="?", help="the room of its lines")
    parser.add_argument("url", metavar="URL", nargs="?", help="send it the lines of the room here")
