"""The commands of the text dialect: `/help` and the parser use the same table.

To add a command, add a line to COMMANDS and, if it needs one, a request type
(`netchat.model.requests`).
"""

from __future__ import annotations

from netchat.dialects.text.command import Command
from netchat.dialects.text.state_commands import ACCOUNT_COMMANDS, MODERATION_COMMANDS
from netchat.model.events import HelpTopic
from netchat.model.requests import (
    CURRENT_ROOM,
    MAX_HISTORY,
    Bye,
    GetHelp,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Join,
    MoreHistory,
    MoreMatches,
    Rename,
    Request,
    Say,
    Search,
    SetTopic,
    Tell,
)
from netchat.model.sanitize import sanitize

NO_SEARCH = "You have not searched in this room yet; type /search WORDS first."
"""The refusal of `/search more` without a search."""
_MORE = "more"


def _msg(text: str) -> Request | None:
    to, _, said = text.partition(" ")
    said = sanitize(said).strip()
    return Tell(to, said) if said else None


def _me(text: str) -> Request | None:
    done = sanitize(text).strip()
    return Say(CURRENT_ROOM, done, action=True) if done else None


def _topic(text: str) -> Request:
    topic = sanitize(text).strip()
    return SetTopic(CURRENT_ROOM, "" if topic == "-" else topic) if topic else GetTopic()


def _history(text: str) -> Request | None:
    if not text:
        return GetHistory(CURRENT_ROOM)
    if text.lower() == _MORE:
        return MoreHistory()
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_HISTORY:
        return GetHistory(CURRENT_ROOM, limit=int(text))
    word, _, name = text.partition(" ")
    return GetHistory(peer=name.strip(" ")) if word.lower() == "with" and name else None


def _search(text: str) -> Request | None:
    words = sanitize(text).strip()
    if words.lower() == _MORE:
        return MoreMatches()
    return Search(CURRENT_ROOM, words) if words else None


def _help(text: str) -> Request | None:
    topic = text.lower()
    return GetHelp(topic) if topic in TOPICS else None


_CHAT_COMMANDS = {
    "help": Command("/help [TOPIC]", "show this; more: /help account, /help moderation", _help),
    "names": Command("/names", "who is in this room", lambda _: GetNames(CURRENT_ROOM)),
    "rooms": Command("/rooms", "which rooms there are", lambda _: GetRooms()),
    "join": Command(
        "/join ROOM", "go into another room", lambda text: Join(text) if text else None
    ),
    "nick": Command("/nick NAME", "change your name", lambda text: Rename(text) if text else None),
    "msg": Command("/msg NAME TEXT", "say it to one guest only", _msg, private=True),
    "me": Command("/me TEXT", "say what you do", _me),
    "topic": Command("/topic [TEXT]", "show or change the topic; - removes it", _topic),
    "history": Command(
        "/history [N]",
        f"what was said last, 1 to {MAX_HISTORY} lines; /history more: before that",
        _history,
    ),
    "search": Command(
        "/search WORDS", "what was said with these words in it; /search more: before that", _search
    ),
    "quit": Command("/quit", "leave", lambda _: Bye()),
    "exit": Command("exit", "leave", lambda _: Bye()),
}
TOPICS: dict[HelpTopic, dict[str, Command]] = {
    "": _CHAT_COMMANDS,
    "account": dict(ACCOUNT_COMMANDS),
    "moderation": dict(MODERATION_COMMANDS),
}
"""The commands by the topics of `/help`; the first one is shown without a topic."""
COMMANDS = {word: command for topic in TOPICS.values() for word, command in topic.items()}
