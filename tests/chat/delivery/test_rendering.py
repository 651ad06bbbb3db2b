"""Events that a dialect cannot render."""

from __future__ import annotations

from netchat.chat import actions
from netchat.dialects.text import dialect as text
from netchat.model.events import Event, TopicSet
from tests.support.listeners import RecordingListener, immediate_chat


class BrokenDialect:
    """A dialect with a bug: it cannot render a new topic."""

    name = "broken"

    of_programs = False

    def render(self, event: Event) -> bytes:
        return b"%d" % (1 // 0) if isinstance(event, TopicSet) else text.render(event)

    echo = staticmethod(text.echo)
    on_other_device = staticmethod(text.on_other_device)


def test_an_event_that_cannot_be_rendered_ends_only_the_guest_who_caused_it() -> None:
    chat = immediate_chat()
    ann, bob = RecordingListener(chat, "Ann"), RecordingListener(chat, "Bob")
    zoe = RecordingListener(chat, "Zoe", dialect=BrokenDialect())
    assert bob.room is not None
    actions.set_topic(bob.chat, bob.participant, bob.room, "fish")
    assert bob.failed
    ann.say("hello")
    assert zoe.received == bob.received[-1:] == ["Ann: hello"]
