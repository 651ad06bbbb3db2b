"""What each key does with the line that is being typed; the names are those of prompt_toolkit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.frontends.keys import ROOM_KEYS
from netchat.doors.ssh.terminal.composer import Composer

Action = Callable[[Composer], object]


def _to(place: Callable[[Composer], int]) -> Action:
    def move(composer: Composer) -> None:
        composer.edited.cursor = place(composer)

    return move


def _show_room(number: int) -> Action:
    def go(client: ChatClient) -> None:
        if number <= len(client.open_rooms):
            client.go_to(client.open_rooms[number - 1].name)

    return lambda composer: composer.moving(go)


_MOVES: Mapping[tuple[str, ...], Action] = MappingProxyType(
    {
        ("left", "c-b"): _to(lambda c: c.edited.letter_before),
        ("right", "c-f"): _to(lambda c: c.edited.letter_after),
        ("home", "c-a"): _to(lambda c: c.edited.line_start),
        ("end", "c-e"): _to(lambda c: c.edited.line_end),
        ("c-left", "escape left", "escape b"): _to(lambda c: c.edited.word_before()),
        ("c-right", "escape right", "escape f"): _to(lambda c: c.edited.word_after),
        ("escape <",): _to(lambda _: 0),
        ("escape >",): _to(lambda c: len(c.edited.text)),
        ("up", "c-p"): Composer.up,
        ("down", "c-n"): Composer.down,
    }
)
_CHANGES: Mapping[tuple[str, ...], Action] = MappingProxyType(
    {
        ("c-m", "c-j"): Composer.send,
        ("escape c-m", "escape c-j"): Composer.new_line,
        ("c-i",): lambda c: c.complete(1),
        ("s-tab",): lambda c: c.complete(-1),
        ("c-h",): lambda c: c.edited.delete_to(c.edited.letter_before),
        ("delete",): lambda c: c.edited.delete_to(c.edited.letter_after),
        ("c-w",): lambda c: c.cut_to(c.edited.word_before(to_blank=True)),
        ("escape c-h",): lambda c: c.cut_to(c.edited.word_before()),
        ("escape d",): lambda c: c.cut_to(c.edited.word_after),
        ("c-u",): lambda c: c.cut_to(c.edited.line_start),
        ("c-k",): lambda c: c.cut_to(c.edited.line_end),
        ("c-y",): Composer.bring_back,
    }
)
_ROOMS: Mapping[tuple[str, ...], Action] = MappingProxyType(
    {
        ("escape a",): lambda c: c.moving(lambda client: client.go_to_next_news()),
        ("pageup",): lambda c: c.moving(lambda client: client.older()),
        **{(f"escape {digit}",): _show_room(int(digit)) for digit in ROOM_KEYS},
    }
)
_ANSWERS: Mapping[tuple[str, ...], Action] = MappingProxyType(
    {
        ("c-m", "c-j"): Composer.answer,
        ("c-h",): Composer.shorten_answer,
        ("c-c", "c-d", "c-g"): Composer.decline,
    }
)


def _by_name(*tables: Mapping[tuple[str, ...], Action]) -> Mapping[str, Action]:
    pairs = ((name, act) for table in tables for names, act in table.items() for name in names)
    return MappingProxyType(dict(pairs))


WRITING = _by_name(_MOVES, _CHANGES, _ROOMS)
"""What each key does while a message is being typed; others do nothing."""
ANSWERING = _by_name(_ANSWERS)
"""What each key does while the user is asked about their message."""
