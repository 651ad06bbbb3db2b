"""The keys of a question: its answer is one line, which is not sent to anybody by mistake."""

from __future__ import annotations

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from netchat.model.lines import lines_of


def answer_bindings(suggestion: str, *, hidden: bool) -> KeyBindings:
    """Return the bindings for an answer: a paste loses its line ends.

    A `suggestion` is taken where nothing is typed. Ctrl-C clears what is typed first, unless that
    is `hidden`.
    """
    bindings = KeyBindings()
    typed = Condition(lambda: bool(get_app().current_buffer.text))
    suggested = Condition(lambda: bool(suggestion)) & ~typed

    @bindings.add("enter", filter=suggested)
    def accept(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(suggestion)
        event.current_buffer.validate_and_handle()

    @bindings.add("tab", filter=suggested)
    def take(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(suggestion)

    @bindings.add("c-c", filter=typed & Condition(lambda: not hidden))
    def clear(event: KeyPressEvent) -> None:
        event.current_buffer.reset()

    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(" ".join(lines_of(event.data)))

    bindings.add(Keys.BracketedPaste)(paste)
    return bindings
