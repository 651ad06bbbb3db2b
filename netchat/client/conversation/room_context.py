"""What the rooms and talks of one conversation have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from netchat.client.conversation.account import OwnAccount
from netchat.client.conversation.day_lines import DayLines
from netchat.client.conversation.display_lines import DisplayLine
from netchat.client.conversation.ignored import Ignored
from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.members import MAX_NAMES
from netchat.client.conversation.mentions import Mentions
from netchat.client.conversation.read_positions import ReadPositions
from netchat.client.conversation.roster import Roster
from netchat.model.requests import Request


@dataclass(slots=True)
class RoomContext:
    """What each room of a user needs.

    `now` returns the time of day, in seconds since the epoch. `ask` sends a request of the client
    itself, and returns whether it could. `history_limit` is how many earlier lines to show on
    entering a room. With `several`, the user may be in several rooms, of which one is shown.
    Of who is in a room, `max_names` are known by name.
    """

    frontend: Frontend
    screen: DayLines
    roster: Roster
    now: Callable[[], float]
    ask: Callable[[Request], bool]
    account: OwnAccount
    history_limit: int
    several: bool
    positions: ReadPositions
    max_names: int = MAX_NAMES
    ignored: Ignored = field(default_factory=Ignored)
    mentions: Mentions = field(init=False)

    def __post_init__(self) -> None:
        """Find mentions of the user in `roster`."""
        self.mentions = Mentions(self.roster)

    def show_all(self, lines: list[DisplayLine], *, on_entry: bool = False) -> None:
        """Show `lines`, which come with entering a room if `on_entry`."""
        show = self.screen.show_on_entry if on_entry else self.screen.show
        for line in lines:
            show(line)
