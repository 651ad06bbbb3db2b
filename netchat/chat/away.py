"""Who is away: each person who sends them a private line is told once."""

from __future__ import annotations

from netchat.chat.room import Participant

Person = int | Participant
"""An account by its number, with all its devices; or a guest."""


def person_of(who: Participant) -> Person:
    """Return who `who` is a device of, or the guest."""
    return who.account or who


class _Absence:
    """One time of being away."""

    __slots__ = ("text", "told")

    def __init__(self, text: str) -> None:
        self.text = text
        self.told: set[Person] = set()
        """Those who have read that they are away."""


class Absences:
    """The people who are away, in memory: nobody is away after a restart."""

    def __init__(self) -> None:
        self._absences: dict[Person, _Absence] = {}
        self._readers: dict[Person, set[Person]] = {}
        """Those of whose absence each person has read."""

    def set(self, person: Person, text: str) -> None:
        """Record that `person` is away, or back if there is no `text`."""
        self._end(person)
        if text:
            self._absences[person] = _Absence(text)

    def find(self, person: Person) -> str:
        """Return the text of `person`; "" if they are not away."""
        absence = self._absences.get(person)
        return absence.text if absence else ""

    def tell(self, person: Person, to: Person) -> str:
        """Return what `to` is told of the absence of `person`; "" if nothing, or not again."""
        absence = self._absences.get(person)
        if absence is None or to in absence.told:
            return ""
        absence.told.add(to)
        self._readers.setdefault(to, set()).add(person)
        return absence.text

    def forget(self, person: Person) -> None:
        """Called when `person` has left: nothing of them is kept."""
        self._end(person)
        for other in self._readers.pop(person, ()):
            self._absences[other].told.discard(person)

    def _end(self, person: Person) -> None:
        absence = self._absences.pop(person, None)
        for reader in absence.told if absence else ():
            others = self._readers[reader]
            others.remove(person)
            if not others:
                del self._readers[reader]
