"""Whatever servers do at once on a log in memory, they hear the same."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.logs import MemorySite

SERVERS = st.integers(0, 2)


class Servers(RuleBasedStateMachine):
    """Three servers append, bury, are cut off, lose answers, and start again."""

    def __init__(self) -> None:
        super().__init__()
        self.site = MemorySite()
        self.readers = [self.site.join() for _ in range(3)]
        self.everyone = list(self.readers)

    @rule(which=SERVERS)
    def append(self, which: int) -> None:
        self.readers[which].say("line")

    @rule(which=SERVERS, other=SERVERS, behind=st.integers(0, 3))
    def bury(self, which: int, other: int, behind: int) -> None:
        reader = self.readers[which]
        reader.bury(self.readers[other].number, after=max(0, reader.position - behind))

    @rule(which=SERVERS)
    def cut(self, which: int) -> None:
        self.site.cut(self.readers[which])

    @rule(which=SERVERS)
    def mend(self, which: int) -> None:
        self.site.mend(self.readers[which])

    @rule(which=SERVERS, lost=st.booleans())
    def leave_unanswered(self, which: int, lost: bool) -> None:
        self.site.logs[self.readers[which].number].leave_unanswered(lost=lost)

    @rule()
    def turn(self) -> None:
        self.site.turns.run()

    @rule(which=SERVERS)
    @precondition(lambda self: any(reader.ends for reader in self.readers))
    def start_again(self, which: int) -> None:
        if self.readers[which].ends:
            self.readers[which] = self.site.join()
            self.everyone.append(self.readers[which])

    @invariant()
    def all_have_heard_the_beginning_of_the_same(self) -> None:
        entries = self.site.shared.entries
        for reader in self.everyone:
            assert reader.heard_entries == entries[: reader.position]

    def teardown(self) -> None:
        for reader in self.readers:
            self.site.mend(reader)
        self.site.turns.run()
        assert all(reader.settled for reader in self.everyone)
        living = [reader for reader in self.everyone if not reader.ends]
        assert all(reader.position == self.site.shared.last for reader in living)
        for reader in self.everyone:
            if reader.ends:
                own = [e for e in self.site.shared.entries if e.incarnation == reader.number]
                assert all(entry.position <= reader.position for entry in own)


TestServers = Servers.TestCase
