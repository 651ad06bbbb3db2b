"""The keys in the line that is sent, beside those of prompt_toolkit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.frontends.composer import Composer
from netchat.client.frontends.drafts import Drafts
from netchat.client.frontends.external_editor import ExternalEditor
from netchat.client.frontends.keys import Action, bind


def line_bindings(  # noqa: PLR0913 - each has a name
    composer: Composer,
    drafts: Drafts,
    client: Callable[[], ChatClient | None],
    *,
    complete: Callable[[int], None],
    editor: ExternalEditor,
    edit: Action,
) -> KeyBindings:
    """Return the bindings for the message in `composer`, and for the rooms of the client.

    What is typed in a room stays among its `drafts`.
    `complete` inserts the next completion, or the one before (-1); `edit` opens the
    `editor`.
    """

    def with_client(act: Callable[[ChatClient, KeyPressEvent], None]) -> Action:
        def handler(event: KeyPressEvent) -> None:
            current = client()
            if current is not None and not current.leaving:
                with drafts.moving(current):
                    act(current, event)

        return handler

    bindings = KeyBindings()
    asked = Condition(lambda: bool(composer.question))
    writing = has_focus(DEFAULT_BUFFER) & ~asked
    actions: Mapping[str, Action] = {
        "send": composer.send,
        "new_line": composer.new_line,
        "interrupt": composer.interrupt,
        "complete": lambda _: complete(1),
        "complete_back": lambda _: complete(-1),
        "edit": edit,
        "show_room": with_client(_show_room),
        "next_news": with_client(lambda current, _: current.go_to_next_news()),
        "older": with_client(lambda current, _: current.older()),
    }
    bind(bindings, actions, writing)
    # Ctrl-C in the editor reaches all programs of the terminal.
    bindings.add("<sigint>", filter=Condition(lambda: editor.running))(_nothing)
    bindings.add("pagedown", filter=writing)(_nothing)
    bindings.add(Keys.BracketedPaste, filter=writing)(composer.paste)
    # A paste is no answer.
    bindings.add(Keys.BracketedPaste, filter=asked, eager=True)(_nothing)
    bindings.add(Keys.Any, filter=asked, eager=True)(composer.add_to_answer)
    bindings.add("backspace", filter=asked, eager=True)(composer.shorten_answer)
    bindings.add("enter", filter=asked, eager=True)(composer.answer)
    for key in ("c-c", "c-d", "c-g"):
        bindings.add(key, filter=asked, eager=True)(composer.decline)
    bindings.add("c-z", filter=asked, eager=True)(lambda event: event.app.suspend_to_background())
    return bindings


def _show_room(client: ChatClient, event: KeyPressEvent) -> None:
    number = int(event.key_sequence[-1].key)
    if number <= len(client.open_rooms):
        client.go_to(client.open_rooms[number - 1].name)


def _nothing(_: KeyPressEvent) -> None:
    pass
