"""What the keys do: the bindings, `/keys` and the documentation have this one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prompt_toolkit.filters import Filter
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from netchat.dialects.text.requests import command_in

Action = Callable[[KeyPressEvent], None]
COMMAND = "/keys"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, or several, and what it does.

    `sequences` are the keys in the words of prompt_toolkit. They call the `action` of this name; a
    key without one is bound by prompt_toolkit itself. A `local` one needs the user's own machine.
    """

    shown: str
    meaning: str
    action: str = ""
    sequences: tuple[tuple[str, ...], ...] = ()
    local: bool = False


ROOM_KEYS = tuple("123456789")
"""With Alt, each shows a room, in the order of the status line."""

KEYS = (
    Key("Enter", "send what is typed", "send", (("enter",),)),
    Key("Alt-Enter", "begin a new line in the same message", "new_line", (("escape", "enter"),)),
    Key("Tab", "complete the word before the cursor; again: the next one", "complete", (("tab",),)),
    Key("Shift-Tab", "the completion before", "complete_back", (("s-tab",),)),
    Key("Up, Down", "what was typed before, and after it"),
    Key("Ctrl-R", "search in what was typed before", local=True),
    Key(
        "Alt-1 to Alt-9",
        "show that room or talk",
        "show_room",
        tuple(("escape", digit) for digit in ROOM_KEYS),
    ),
    Key("Alt-A", "show the next one with news", "next_news", (("escape", "a"),)),
    Key("PageUp", "show earlier lines", "older", (("pageup",),)),
    Key(
        "Alt-E, Ctrl-X Ctrl-E",
        "write it in your editor ($VISUAL or $EDITOR)",
        "edit",
        (("escape", "e"), ("c-x", "c-e")),
        local=True,
    ),
    Key(
        "Ctrl-C",
        "clear the line; where it is empty, twice: leave",
        "interrupt",
        (("c-c",),),
    ),
    Key("Ctrl-Y", "bring back what was cleared or cut"),
    Key("Ctrl-U, Ctrl-K", "cut what is before, or after, the cursor"),
    Key("Ctrl-W", "cut the word before the cursor"),
    Key("Ctrl-_", "undo", local=True),
    Key("Ctrl-L", "draw the screen again"),
    Key("Ctrl-Z", "stop the client; fg brings it back", local=True),
    Key("Ctrl-D", "leave, where the line is empty"),
)


def bind(bindings: KeyBindings, actions: Mapping[str, Action], condition: Filter) -> None:
    """Bind the keys to their `actions`, where `condition` holds."""
    for key in KEYS:
        for sequence in key.sequences:
            bindings.add(*sequence, filter=condition)(actions[key.action])


def key_list(*, remote: bool = False) -> Iterator[str]:
    """Yield a line for each key; with `remote`, for those of a client on another machine."""
    known = [key for key in KEYS if not (remote and key.local)]
    width = max(len(key.shown) for key in known)
    for key in known:
        yield f"* {key.shown:<{width}}  {key.meaning}"


def answer(typed: str, *, remote: bool = False) -> list[str] | None:
    """Return the lines that answer `typed`, None if it is not the command for them."""
    return list(key_list(remote=remote)) if command_in(typed).lower() == COMMAND else None
