"""What can stand where the user types: people, rooms, commands, settings and emoji."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.frontends.emoji import emoji_named
from netchat.client.settings.settings import RESET
from netchat.client.settings.values import SETTINGS
from netchat.dialects.text.commands import ALL_COMMANDS, TOPICS, find_word
from netchat.model.folding import contains_name, fold

_EVERYBODY = "all"
_EMOJI = re.compile(r":([\w+-]+):?", re.ASCII)
_KEYWORD = re.compile(r"[\[|]\s*([a-z]+)")
_PLACEHOLDER = re.compile(r"[A-Z|]+")
_PLACES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "go": ("OPEN|NAME",),
        "leave": ("OPEN",),
        "nick": ("NEW",),
        "set": ("SETTING", "VALUE", "NOTHING"),
        "ignore": ("NAME", "NOTHING"),
    }
)
"""What stands behind a command, where its usage does not tell."""
_SAME = MappingProxyType({"WHO": "NAME", "ID|NAME": "NAME", "REASON": "TEXT"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A completion: the `text` that is inserted, and how it is `shown` in a list."""

    text: str
    shown: str


class Completer:
    """Completes words with what the client knows, once `client` returns one."""

    __slots__ = ("_client",)

    def __init__(self, client: Callable[[], ChatClient | None]) -> None:
        self._client = client

    def complete(self, before: str) -> tuple[str, list[Candidate]]:
        """Return the last word of `before`, which is a line up to the cursor, and its completions.

        The most likely one comes first.
        """
        rest, _, word = before.rpartition(" ")
        line = rest.lstrip(" ")
        if emoji := _EMOJI.fullmatch(word):
            found = emoji_named(emoji[1])
            return word, [Candidate(char, f"{char} {name}") for name, char in found]
        if not line and word.startswith("/") and not word.startswith("//"):
            return word, list(_unique(_matching(word, _commands(word))))
        if word.startswith("@"):
            people = [f"@{name}" for name in [*self._people(), _EVERYBODY]]
            return word, list(_unique(_matching(word, people)))
        if line.startswith("/") and not line.startswith("//"):
            offered = self._arguments(line, word, before)
        else:
            offered = self._in_text(before, word)
            if not line:
                people = [f"{name}:" for name in self._new_people(before, word)]
                offered = [*people, *(self._rooms() if word else ())]
        return word, list(_unique(_matching(word, offered)))

    def _arguments(self, line: str, word: str, before: str) -> Iterable[str]:
        """Return what can follow the command and the arguments in `line`."""
        typed, *given = line[1:].split()
        command = find_word(typed)
        offers: dict[str, Callable[[], Iterable[str]]] = {
            "TEXT": lambda: self._in_text(before, word),
            "NAME": self._people,
            "ROOM": self._rooms,
            "OPEN": self._open,
            "OPEN|NAME": lambda: [*self._open(), *self._people()],
            "COMMAND": lambda: [*ALL_COMMANDS, *filter(None, TOPICS)],
            "SETTING": lambda: SETTINGS,
            "VALUE": lambda: _values(given[0]),
            "KEYWORD": lambda: _KEYWORD.findall(ALL_COMMANDS[command].usage),
        }
        return offers.get(_place(command, len(given)) if command else "TEXT", tuple)()

    def _in_text(self, before: str, word: str) -> Iterable[str]:
        rooms = self._rooms() if word else ()
        return [*self._new_people(before, word), *rooms]

    def _new_people(self, before: str, word: str) -> list[str]:
        """Return the people; for no `word`, those who are not named `before` the cursor."""
        return [name for name in self._people() if word or not contains_name(before, name)]

    def _people(self) -> list[str]:
        """Return who is in the room, and with whom there is a talk; who spoke last comes first."""
        client = self._client()
        if client is None:
            return []
        present = [name for name in client.participants if name != client.name]
        talks = [room.name for room in client.open_rooms if room.kind == "talk"]
        return [*present[::-1], *talks]

    def _rooms(self) -> list[str]:
        client = self._client()
        return sorted(client.rooms, key=fold) if client is not None else []

    def _open(self) -> list[str]:
        client = self._client()
        return [room.name for room in client.open_rooms] if client is not None else []


def _commands(word: str) -> Iterator[str]:
    """Yield the commands, and then their other words, as far as somebody types them."""
    yield from (f"/{command}" for command in ALL_COMMANDS)
    if len(word) > 1:
        for command in ALL_COMMANDS.values():
            yield from (f"/{alias}" for alias in command.aliases)


def _place(command: str, given: int) -> str:
    """Return what stands behind `command` and as many arguments as are `given`."""
    usage = ALL_COMMANDS[command].usage.partition(" ")[2]
    places = _PLACES.get(command) or _PLACEHOLDER.findall(usage)
    if not given and command not in _PLACES and _KEYWORD.search(usage):
        return "KEYWORD"
    place = places[given] if given < len(places) else "TEXT"
    return _SAME.get(place, place)


def _values(setting: str) -> Iterable[str]:
    known = SETTINGS.get(setting.lower())
    return () if known is None else (*known.words, RESET)


def _matching(word: str, offered: Iterable[str]) -> Iterator[Candidate]:
    """Yield those of `offered` that begin like `word`, which has its blank, or colon, removed."""
    beginning = _without_accents(word)
    for found in offered:
        if _without_accents(found).startswith(beginning):
            yield Candidate(f"{found} ", found.removesuffix(":"))


def _unique(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the `candidates` without those that are the same word as an earlier one."""
    seen = set()
    for candidate in candidates:
        key = fold(candidate.shown)
        if key not in seen:
            seen.add(key)
            yield candidate


def _without_accents(text: str) -> str:
    """Return `text` for a comparison: people type names without the accents in them."""
    folded = fold(text)
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFD", folded)
    return "".join(char for char in parts if unicodedata.category(char) != "Mn")
