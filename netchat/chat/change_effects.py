"""What a settled change does: to the chat's state, to those who are present, and who is told."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.account_effects import AccountEffects
from netchat.chat.deleted_lines import DeletedLines
from netchat.chat.effects import Effects
from netchat.chat.ignored_names import IgnoredNames
from netchat.chat.read_marks import ReadMarks
from netchat.chat.room import Participant
from netchat.state.changes import Changed
from netchat.state.state import ChatState


class ChangeEffects:
    """Applies a change to everything that it concerns."""

    def __init__(
        self,
        effects: Effects,
        account_effects: AccountEffects,
        marks: ReadMarks,
        ignored_names: IgnoredNames,
        deleted_lines: DeletedLines,
    ) -> None:
        self._effects = effects
        self._account_effects = account_effects
        self._marks = marks
        self._ignored_names = ignored_names
        self._deleted_lines = deleted_lines
        self.observe: Callable[[Changed, Participant], None] = lambda _, __: None
        """Called with each change, and who has caused it, before its lines are deleted."""

    def apply(self, state: ChatState, changed: Changed, by: Participant) -> None:
        """Apply `changed`, which `by` has caused, to `state` and to all that depends on it."""
        self._effects.apply(state, changed, by)
        self._account_effects.apply(changed, by)
        self._marks.apply(changed)
        self._ignored_names.apply(state, changed)
        self.observe(changed, by)
        self._deleted_lines.apply(changed, by)
