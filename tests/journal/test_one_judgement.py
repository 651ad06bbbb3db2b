"""The journal in memory and the one on disk settle everything alike, also with restarts between."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Event, Said, SaidLines, Told
from netchat.state import changes
from netchat.state.changes import CONSOLE, SERVER, Actor, Change, What
from netchat.state.record import Record
from netchat.state.records import Invitation, SaltSecret, Webhook
from netchat.state.state import ChatState
from tests.support.changes import KEY
from tests.support.journals import NOW, JournalFile, all_of, append
from tests.support.private_lines import box_of, read_private

NAMES = ("Ian", "ian", "lan", "Bob", "Cat")
names = st.sampled_from(NAMES)
rooms = st.sampled_from(("", "lobby", "staff"))
numbers = st.integers(0, 9)
times = st.sampled_from((NOW, NOW + 10, NOW + 20, NOW + 30))
ends = st.sampled_from((0.0, NOW + 5, NOW + 15, NOW + 25))
actors = st.one_of(
    st.just(CONSOLE), st.just(SERVER), st.builds(Actor, names), st.builds(Actor, names, numbers)
)
kinds = st.sampled_from(("ban", "mute"))
targets = st.just("name")
keys = st.builds(lambda kind, name, room: f"{kind} name {name} {room}", kinds, names, rooms)
roles = st.sampled_from(("operator", "moderator", "member", None))
invitations = st.builds(Invitation, st.just("h"), st.integers(0, 2), ends)

what: st.SearchStrategy[What] = st.one_of(
    st.builds(changes.OwnName, names, st.sampled_from((None, KEY))),
    st.builds(changes.OwnName, names, st.just(KEY), invitation=st.just("h"), invited=st.just(True)),
    st.builds(changes.AddProof, numbers, st.just(KEY)),
    st.builds(changes.RemoveProof, numbers, st.integers(1, 3)),
    st.builds(changes.Respell, numbers, names),
    st.builds(changes.Ignore, numbers, names, st.booleans()),
    st.builds(changes.MarkRead, numbers, rooms, st.integers(0, 5)),
    st.builds(changes.SetRole, names, rooms, roles),
    st.builds(changes.FoundRoom, numbers, st.sampled_from(("lobby", "staff"))),
    st.builds(changes.SetRoom, st.sampled_from(("lobby", "staff")), st.booleans()),
    st.builds(changes.Restrict, kinds, targets, names, rooms, ends),
    st.builds(changes.Lift, kinds, targets, names, rooms),
    st.builds(changes.Kick, names, rooms),
    st.builds(changes.DeleteLines, st.just("lobby"), st.tuples(st.integers(1, 6))),
    st.builds(changes.SetLock, ends),
    st.just(changes.Unlock()),
    st.builds(changes.Invite, invitations),
    st.just(changes.RevokeInvitation("h")),
    st.builds(changes.SetWebhook, st.builds(Webhook, names, st.just("lobby"))),
    st.builds(changes.RemoveWebhook, names),
    st.builds(changes.Forget, names, ends),
    st.builds(changes.Expire, st.just("restriction"), keys),
    st.builds(changes.Expire, st.just("reserved"), names),
    st.just(changes.Expire("lock", "")),
)
texts = st.sampled_from(("one", "two"))
nonces = st.sampled_from(("", "n1", "n2", "n3"))
clients = st.just("client")
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Change, what, actors, times, st.just("n")),
    st.builds(Change, what, st.just(CONSOLE), times),
    st.builds(
        Said,
        st.just("lobby"),
        names,
        texts,
        times,
        nonce=nonces,
        client=clients,
        account=numbers,
    ),
    st.builds(SaidLines, st.just("lobby"), names, st.tuples(texts, texts), times, account=numbers),
    st.builds(
        Told,
        names,
        names,
        texts,
        times,
        nonces,
        clients,
        numbers,
        numbers,
        absent=st.booleans(),
    ),
)


def records(state: ChatState) -> set[Record]:
    """Return the records, without the secret, which each journal makes for itself."""
    return {record for record in state.records() if not isinstance(record, SaltSecret)}


def holders(state: ChatState, name: str) -> list[str]:
    return [some.key for some in state.owners.holders(name)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(events, max_size=8), st.booleans()), max_size=8))
def test_both_journals_settle_everything_alike(batches: list[tuple[list[Event], bool]]) -> None:
    memory = MemoryJournal(0)
    with tempfile.TemporaryDirectory() as directory:
        stored = JournalFile(Path(directory))
        journal = stored.open()
        for batch, restarts in batches:
            assert append(journal, *batch) == append(memory, *batch)
            if restarts:
                journal = stored.open()
            assert all_of(journal) == all_of(memory)
        for account in range(1, 10):
            pages = [read_private(one, account) for one in (journal, memory)]
            assert box_of(pages[0]) == box_of(pages[1])
        kept, other = ChatState(stored.open().records()), memory._state
        assert records(kept) == records(other)
        assert [holders(kept, name) for name in NAMES] == [holders(other, name) for name in NAMES]
        stored.close()
