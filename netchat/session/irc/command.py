"""A command of IRC."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


class Command(NamedTuple):
    """A command that needs at least `least` parameters that are not empty.

    `is_expensive`: the next line has to wait for another turn. `answers_later`: it puts its label
    around its answer itself, which comes when something has been looked up.
    """

    execute: Callable[[IrcClient, Message], None]
    least: int = 0
    is_expensive: bool = False
    answers_later: bool = False

    def lacks_parameters(self, message: Message) -> bool:
        """Return whether `message` has fewer parameters than it needs."""
        return len([x for x in message.parameters if x]) < self.least
