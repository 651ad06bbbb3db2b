"""Sends what waits in the outbox, or answers it where the client itself knows the answer."""

from __future__ import annotations

from netchat.client.conversation.answers import Answers
from netchat.client.conversation.display_lines import Refusal
from netchat.client.conversation.moves import Moves
from netchat.client.conversation.outbox import Outbox
from netchat.client.conversation.rooms import Rooms
from netchat.client.conversation.server_link import ServerLink
from netchat.dialects.text.commands import NO_SEARCH
from netchat.model.answers import Topic
from netchat.model.requests import GetTopic, Join, MoreMatches


class Sender:
    """Sends the requests in `outbox`, each when the user is where it goes."""

    __slots__ = ("_answers", "_moves", "_outbox", "_rooms")

    def __init__(self, outbox: Outbox, rooms: Rooms, moves: Moves, answers: Answers) -> None:
        self._outbox = outbox
        self._rooms = rooms
        self._moves = moves
        self._answers = answers

    def send_pending(self, link: ServerLink) -> None:
        """Send every request over `link` that can be sent now."""
        room = self._rooms.room
        here = room.name if room is not None else ""
        while (sent := self._outbox.next(here, self._moves.may_send)) is not None:
            request = sent.request
            if isinstance(request, GetTopic):
                timeline = self._rooms.timeline(sent.place)
                topic = timeline.topic if timeline is not None else ""
                self._answers.show_event(Topic(sent.place, topic))
            elif isinstance(request, MoreMatches):
                self._rooms.show(Refusal(f"! {NO_SEARCH}"))
            elif isinstance(request, Join):
                link.send(self._moves.join_request(request.room))
            else:
                link.send(request)
