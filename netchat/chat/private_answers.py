"""What a settled event does that only one participant reads, such as an answer."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.order import Context, Origin
from netchat.chat.private_lines import PrivateLines
from netchat.chat.private_messages import PrivateMessageCache
from netchat.chat.results import Report
from netchat.chat.room import Participant
from netchat.model.events import Closing, Event, Refused, Repeated, Told
from netchat.model.notices import Done
from netchat.state.changes import Changed


class Question(Event, frozen=True):
    """An event for one participant; `answer` is called when its place in the order is reached."""

    answer: Callable[[], Event | None]


class PrivateAnswers:
    """Delivers private events by `broadcast`, and private lines by `private`.

    `messages` are the private lines between guests, and `find_guest` finds one by their key, as
    `netchat.chat.presence.Presence.find_guest` does.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        backfills: Backfills,
        private: PrivateLines,
        messages: PrivateMessageCache,
        find_guest: Callable[[str], Participant | None],
    ) -> None:
        self._broadcast = broadcast
        self._backfills = backfills
        self._private = private
        self._messages = messages
        self._find_guest = find_guest

    def deliver(self, event: Event, by: Participant, context: Context) -> None:
        """Deliver `event` to `by`, who has caused it, or to those in `context`."""
        turn = self._broadcast.turn
        if isinstance(event, Told) and not (event.sender or event.recipient):
            event = self._messages.settle(event)
        match event:
            case Changed() | Refused() if callable(context):
                context(event)
            case Changed():
                turn.send_to(Done(nonce=event.change.nonce), by)
            case Repeated() | Refused() if isinstance(context, Report):
                context.then(event)
            case Question():
                answer = event.answer()
                if answer is not None:
                    turn.send_to(answer, by)
            case Closing():
                turn.close(by, event)
                self._backfills.abandon(by)
            case Told():
                to = context if isinstance(context, Participant) else None
                if isinstance(context, Origin):
                    to = self._find_guest(event.guest)
                self._private.deliver(event, by, to)
            case _:
                turn.send_to(event, by, by)
