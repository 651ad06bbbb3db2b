"""What a client does about itself: NICK, SETNAME, AWAY, and the modes of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.enforcement import mute_refusal
from netchat.chat.refusal import RefusedError, require
from netchat.dialects.irc.formatting import strip_formatting
from netchat.dialects.irc.names import name_of, suggested_nick
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.person_news import RealnameChanged
from netchat.model.requests import Rename
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON, AwayRequest
from netchat.session.irc.command import Command
from netchat.session.irc.view import MAX_REALNAME, realname_of
from netchat.session.quotas import check_rename_quota

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

USER_MODES = "Bi"


def nick(client: IrcClient, message: Message) -> None:
    """Take another name."""
    if not message.parameters or not message.parameters[0]:
        client.reply("431", "No nickname given")
        return
    name = message.parameters[0]
    if name == client.who.name:
        return
    if name_of(name) is None and (suggestion := suggested_nick(name)):
        client.note("NICK", "INVALID_NICKNAME", name, f"{suggestion} would be taken as a nick")
    try:
        now, limit = client.connection.seconds(), client.limits.conversation.max_renames
        times = check_rename_quota(client.rename_times, now, limit)
        client.request(Rename(name=name, nonce=context("NICK", name)))
        client.rename_times = times
    except RefusedError as error:
        client.refuse(Refused(error.code, error.message, context("NICK", name)))


def setname(client: IrcClient, message: Message) -> None:
    """Let others read another name beside the nick."""
    realname = realname_of(message.parameters[0])
    if len(message.parameters[0]) > MAX_REALNAME or not realname:
        client.fail("SETNAME", "INVALID_REALNAME", "That is too long, or empty; choose another")
        return
    require(mute_refusal(client.chat.state, client.chat.time(), client.who))
    now, limit = client.connection.seconds(), client.limits.conversation.max_renames
    client.rename_times = check_rename_quota(client.rename_times, now, limit)

    def lines() -> list[bytes]:
        client.user.realname = realname
        client.chat.membership.tell_company(client.who, RealnameChanged(client.who.name, realname))
        return [client.personal.dialect.writer.of(client.who.name, "SETNAME", realname)]

    client.answer(lines)


def away(client: IrcClient, message: Message) -> None:
    """Be away, with a text, or back."""
    text = sanitize(strip_formatting(message.parameters[0])) if message.parameters else ""
    client.request(AwayRequest(text=text.strip()[:MAX_REASON]))


def user_mode(client: IrcClient, message: Message) -> None:
    """Show or change the modes of the client."""
    target, *rest = message.parameters
    if target.casefold() != client.who.name.casefold():
        if client.chat.participants.find(target) is None:
            client.reply("401", target, "No such nick")
        else:
            client.reply("502", "Cant change mode for other users")
        return
    if not rest:
        client.answer(lambda: [client.personal.numeric("221", f"+{_modes(client)}")])
        return
    client.answer(lambda: _change(client, rest[0]))


def _modes(client: IrcClient) -> str:
    user = client.user
    return ("B" if user.is_bot else "") + ("i" if user.is_invisible else "")


def _change(client: IrcClient, modes: str) -> list[bytes]:
    user, is_on, changed, unknown = client.user, True, "", False
    for letter in modes:
        if letter in "+-":
            is_on = letter == "+"
        elif letter == "B" and user.is_bot is not is_on:
            user.is_bot = is_on
            changed += f"{'+' if is_on else '-'}B"
        elif letter == "i" and user.is_invisible is not is_on:
            user.is_invisible = is_on
            changed += f"{'+' if is_on else '-'}i"
        else:
            unknown = unknown or letter not in USER_MODES
    writer = client.personal.dialect.writer
    lines = [writer.of(client.who.name, "MODE", client.who.name, changed)] if changed else []
    if unknown:
        lines.append(client.personal.numeric("501", "Unknown MODE flag"))
    return lines


COMMANDS = {
    "NICK": Command(nick),
    "SETNAME": Command(setname, 1),
    "AWAY": Command(away),
}
