"""The commands of the text dialect: `/help` and the parser use the same table.

To add a command, add it to one of the tables and, if it needs one, a request type
(`netchat.model.requests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netchat.dialects.text.account_commands import ACCOUNT_COMMANDS
from netchat.dialects.text.client_commands import CLIENT_COMMANDS
from netchat.dialects.text.command import Command
from netchat.dialects.text.moderation_commands import MODERATION_COMMANDS
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
    Leave,
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


def _leave(text: str) -> Request:
    return Leave(text)


def _query(text: str) -> Request | Refused | None:
    _, _, said = text.partition(" ")
    return _msg(text) if said else CLIENT_COMMANDS["go"].request(text)


def _help(text: str) -> Request | Refused:
    topic = text.lower()
    if topic in TOPICS:
        return GetHelp(topic)
    word, _, _ = topic.removeprefix("/").partition(" ")
    found = find_word(word)
    return GetHelp(f"/{found}") if found else Refused("unknown-type", unknown_command(word))


_CHAT_COMMANDS = {
    "help": Command(
        "/help [COMMAND]",
        "more: /help account (away, ignore), /help moderation",
        _help,
        details=("/help COMMAND tells what a command does.",),
        aliases=("commands", "h", "?"),
    ),
    "names": Command(
        "/names",
        "who is in this room",
        lambda _: GetNames(CURRENT_ROOM),
        aliases=("users",),
        details=("/who shows since when, and /whois NAME one person.",),
    ),
    "rooms": Command(
        "/rooms",
        "which rooms there are",
        lambda _: GetRooms(),
        aliases=("list", "channels"),
    ),
    "join": Command(
        "/join ROOM",
        "go into another room",
        lambda text: Join(text) if text else None,
        aliases=("j",),
        details=("A room that does not exist yet is made.",),
    ),
    "leave": Command(
        "/leave [ROOM]",
        "leave this room, for the one before or the lobby",
        _leave,
        aliases=("part", "close"),
        details=("/quit leaves the server.",),
    ),
    "nick": Command(
        "/nick NAME",
        "change your name",
        lambda text: Rename(text) if text else None,
        aliases=("name",),
        details=("/own makes it yours for good.",),
    ),
    "msg": Command(
        "/msg NAME TEXT",
        "say it to one person only",
        _msg,
        private=True,
        aliases=("w", "whisper", "tell", "pm"),
        details=("For example: /msg Bob how are you?", "/reply TEXT answers the last one."),
    ),
    "query": Command(
        "/query NAME [TEXT]",
        "as /msg; without a text, the client shows the talk",
        _query,
        private=True,
    ),
    "me": Command("/me TEXT", "say what you do", _me, details=("/me waves reads: * Carol waves",)),
    "topic": Command("/topic [TEXT]", "show or change the topic; - removes it", _topic),
    "history": Command(
        "/history [N]",
        f"the last lines, 1 to {MAX_HISTORY}; /history more: before that",
        _history,
        details=("/history with NAME shows your last private lines with an owner of a name.",),
    ),
    "search": Command(
        "/search WORDS",
        "lines with these words; /search more: before that",
        _search,
        details=(
            "A line has to have all the words; case and accents make no difference.",
            "In the netchat client, /context NUMBER shows the lines around one: (#1234).",
        ),
    ),
    "quit": Command("/quit", "leave the server", lambda _: Bye(), aliases=("bye", "logout")),
    "exit": Command("exit", "leave the server", lambda _: Bye()),
}
TOPICS: Mapping[str, Mapping[str, Command]] = MappingProxyType(
    {"": _CHAT_COMMANDS, "account": ACCOUNT_COMMANDS, "moderation": MODERATION_COMMANDS}
)
"""The commands by the topics of `/help`; the first one is shown without a topic."""
COMMANDS = {word: command for topic in TOPICS.values() for word, command in topic.items()}
"""The commands that a server executes, by their words."""
ALL_COMMANDS = {**COMMANDS, **CLIENT_COMMANDS}
"""The same, and those that only the netchat client executes."""
_WORDS = {
    **{alias: word for word, command in ALL_COMMANDS.items() for alias in command.aliases},
    **{word: word for word in ALL_COMMANDS},
}
"""All words and aliases, and the word of the command of each."""
_MAX_WORD = 20
"""Characters of an unknown command that are looked at and shown."""


def find_word(typed: str) -> str:
    """Return the word of the command that `typed`, a word or an alias in any case, means, or ""."""
    return _WORDS.get(typed.lower(), "")


def find_command(typed: str) -> Command | None:
    """Return the command that `typed`, a word or an alias in any case, means."""
    return ALL_COMMANDS.get(find_word(typed))


def unknown_command(typed: str, *, in_client: bool = False) -> str:
    """Return the sentence about `typed`, which is no command; it names the closest one, if any."""
    shown = sanitize(typed)[:_MAX_WORD]
    close = closest_word(shown, in_client=in_client)
    return f"There is no command /{shown}; {f'did you mean /{close}?' if close else 'try /help.'}"


def closest_word(typed: str, *, in_client: bool = False) -> str:
    """Return the word or alias that is most like `typed`; "" if none is much like it."""
    typed = typed.lower()[:_MAX_WORD]
    words = [word for word, meant in _WORDS.items() if in_client or meant in COMMANDS]
    begun = [word for word in words if len(typed) > 1 and word.startswith(typed)]
    if begun:
        return begun[0]
    # Imported here because it is large, and needed for a mistyped word only.
    from difflib import get_close_matches

    return next(iter(get_close_matches(typed, words, n=1, cutoff=0.66)), "")
