"""Two real connections at once: who was buried or replaced meanwhile inserts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.log.postgres import statements
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.session import Answer, Batch, Place, Round, Session
from netchat.log.postgres.target import parse_target
from netchat.threads.worker import ThreadWorker
from tests.support.logs import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.postgres import Postgres


class Meeting:
    """Sessions of two servers on one database, each with a thread."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.database = postgres.new_database()
        self.target = parse_target(postgres.url(self.database))
        self.turns = Turns()
        self.sessions: list[Session] = []
        self.workers: list[ThreadWorker] = []
        self.ended: list[bool] = []

    def start(self) -> tuple[int, Session]:
        """Return the incarnation and the session of a new server."""
        opened = open_log(self.target, "", 0, None)
        return opened.incarnation, self.connect(opened.incarnation)

    def connect(self, incarnation: int) -> Session:
        """Return a new session of a server."""
        session = Session(self.target, incarnation)
        self.sessions.append(session)
        session.begin(Place("", 0, None, 0))
        return session

    def later(self, work: Callable[[], Answer]) -> list[Answer]:
        """Run `work` in a thread; its answer is put into the list."""
        worker = ThreadWorker(self.turns.call_soon)
        worker.start()
        self.workers.append(worker)
        answers: list[Answer] = []
        worker.call(work, answers.append)
        return answers

    def waits(self) -> bool:
        """Return whether a connection waits for the row of another."""
        query = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            f" AND datname = '{self.database}'"
        )
        return bool(self.postgres.ask("postgres", query))

    def close(self) -> None:
        """Close everything."""
        for worker in self.workers:
            worker.stop(lambda: self.ended.append(True))
        self.turns.until(lambda: len(self.ended) == len(self.workers))
        for session in self.sessions:
            session.close()


@pytest.fixture
def meeting(postgres: Postgres) -> Iterator[Meeting]:
    made = Meeting(postgres)
    yield made
    made.close()


def append(number: int) -> Round:
    """Return a round that appends a batch of this number."""
    return Round(0, [Batch(number, b"line")])


def values_of(session: Session, after: int, payload: bytes) -> dict[str, object]:
    """Return what `session` gives to the statement that appends its first batch."""
    place = {"me": session._me, "number": session._number, "after": after}
    return place | {"count": 1, "batches": [1], "payloads": [payload]}


def test_an_append_that_waited_for_its_own_burial_inserts_nothing(meeting: Meeting) -> None:
    buried, session = meeting.start()
    _, other = meeting.start()
    assert session.run(append(1)).added
    assert other._connection is not None
    with other._connection.transaction():
        values: dict[str, object] = {
            "me": other._me,
            "number": other._number,
            "after": 1,
            "batches": [1],
        }
        values |= {"payloads": [b"gone"], "buried": str(buried), "heard": 1}
        other._connection.execute(statements.LOCK_SITE)
        assert other._connection.execute(statements.BURY, values).rowcount == 1
        answers = meeting.later(lambda: session.run(append(2)))
        # It has begun, with a snapshot of before the burial, and waits for the row.
        meeting.turns.until(meeting.waits)
        assert not answers
    meeting.turns.until(lambda: answers)
    assert not answers[0].added
    assert buried not in answers[0].living
    assert [entry.payload for entry in answers[0].entries] == [b"line", b"gone"]


def test_a_burial_that_waited_for_an_append_of_the_buried_is_void(meeting: Meeting) -> None:
    incarnation, session = meeting.start()
    _, other = meeting.start()
    assert session._connection is not None
    with session._connection.transaction():
        values: dict[str, object] = {
            "me": session._me,
            "number": session._number,
            "after": 0,
            "count": 1,
        }
        values |= {"payloads": [b"alive"], "batches": [1]}
        assert session._connection.execute(statements.APPEND, values).rowcount == 1
        burial = Round(0, [Batch(1, b"gone", incarnation, 0)])
        answers = meeting.later(lambda: other.run(burial))
        meeting.turns.until(meeting.waits)
    meeting.turns.until(lambda: answers)
    assert not answers[0].added
    assert session.run(append(2)).added


def test_an_append_of_a_connection_that_was_replaced_meanwhile_inserts_nothing(
    meeting: Meeting,
) -> None:
    incarnation, old = meeting.start()
    assert old.run(append(1)).added
    new = meeting.connect(incarnation)
    answer = old.run(append(2))
    assert not answer.added
    assert incarnation in answer.living
    assert not answer.current
    assert new.run(append(3)).added


def test_a_connection_that_replaces_another_waits_for_what_that_is_appending(
    meeting: Meeting,
) -> None:
    incarnation, old = meeting.start()
    assert old._connection is not None
    new = Session(meeting.target, incarnation)
    meeting.sessions.append(new)
    with old._connection.transaction():
        values = values_of(old, 0, b"late")
        old._connection.execute(statements.APPEND, values)

        def begin_and_read() -> Answer:
            assert new.begin(Place("", 0, None, 0)).position == 1
            return new.run(Round(0))

        answers = meeting.later(begin_and_read)
        meeting.turns.until(meeting.waits)
    meeting.turns.until(lambda: answers)
    assert [entry.payload for entry in answers[0].entries] == [b"late"]
