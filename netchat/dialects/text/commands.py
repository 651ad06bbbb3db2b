"""The commands of the text dialect: `/help` and the parser use the same table.

To add a command, add a line to COMMANDS and, if it needs one, a request type
(`netchat.model.requests`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netchat.model.events import Refused
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


@dataclass(frozen=True, slots=True)
class Command:
    """The usage of a command, its purpose, and the request that its arguments make.

    `request` gets the text after the command, and returns None if that is not valid. Names are
    passed on unchanged, because they are checked later; texts are sanitized. What is typed for a
    `private` command is not for everybody.
    """

    usage: str
    purpose: str
    request: Callable[[str], Request | None]
    private: bool = False

    def parse(self, text: str) -> Request | Refused:
        """Return the request for `text`, or a refusal with the usage."""
        request = self.request(text)
        return request or Refused("bad-request", f"Type it as {self.usage}: {self.purpose}.")


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
    return None


def _search(text: str) -> Request | None:
    words = sanitize(text).strip()
    if words.lower() == _MORE:
        return MoreMatches()
    return Search(CURRENT_ROOM, words) if words else None


COMMANDS = {
    "help": Command("/help", "show this", lambda _: GetHelp()),
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
