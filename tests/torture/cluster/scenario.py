"""Guests of three servers that are killed, stopped and cut off compare what they have read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from time import monotonic

from netchat.cluster.burials import LEASE
from tests.support.needs import missing
from tests.torture.cluster.faults import CUT, KILL, PRIMARY, STOP, Chaos, Fault
from tests.torture.cluster.play import Play
from tests.torture.cluster.processes import SiteOfProcesses
from tests.torture.cluster.stored import held_twice, of_lines
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, at_least, exactly, reported

SMALL: Sequence[Sequence[Fault]] = (((STOP, 0), (PRIMARY, 0), (KILL, 1), (CUT, 2)),)
"""What is done at small size: each of the faults once, all at a time."""
_SHOWN = 5


def why_not() -> str:
    """Return why the scenario cannot run here, or ""."""
    return missing("PostgreSQL")


def run(
    directory: Path,
    rng: Random,
    *,
    clients: int,
    seconds: float = 0,
    rounds: Sequence[Sequence[Fault]] = (),
) -> list[Figure]:
    """Do `rounds` of faults, or random ones for so many `seconds`, while `clients` speak."""
    with (
        EventLoop() as loop,
        SiteOfProcesses(directory) as site,
        ThreadPoolExecutor(3) as pool,
    ):
        for start in [pool.submit(server.start) for server in site.servers]:
            start.result()
        play = Play(loop, site, rng, clients)
        chaos = Chaos(site, Random(rng.random()))
        play.until(pool.submit(chaos.play, rounds), chaos.over, seconds)
        unsettled = play.settle(6 * LEASE)
        behind = play.behind(2 * LEASE)
        whispers = play.whisper(2 * LEASE)
        topics = play.topics(LEASE)
        strangers = play.ghosts(2 * LEASE)
        killed = play.leave_for_ever()
        ghosts = play.ghosts(2 * LEASE)
        shown = monotonic() - killed
        for server in site.servers:
            if server.ended:
                server.start()
        alike = freeze_alike(play)
        directories = [server.directory for server in site.servers]
        return [
            *(at_least(what, 1, count) for what, count in chaos.done.items()),
            reported("servers that ended by themselves", len(chaos.ended)),
            reported("logins", play.ledger.logins),
            reported("refusals", play.ledger.refused),
            reported("replaced by an older login", play.ledger.replaced),
            reported("private lines acknowledged", play.ledger.whispers.answers),
            reported("of those, to somebody who stayed", play.ledger.whispers.checked),
            at_least("mutes and ends of them that were answered", 1, chaos.mutes.done),
            *of_lines(play.ledger, directories),
            exactly("clients without all answers", [], unsettled[:_SHOWN]),
            exactly("clients that have not read all lines", [], behind[:_SHOWN]),
            exactly("private lines that have not arrived once", [], whispers[:_SHOWN]),
            exactly("topics that differ", [], topics[:_SHOWN]),
            exactly("members that are none, or are not shown", [], strangers[:_SHOWN]),
            exactly("members of a dead server", [], ghosts[:_SHOWN]),
            reported("until nobody saw them", f"{shown:.1f} s"),
            exactly("names held twice", [], held_twice([one.data for one in site.servers])),
            exactly("journals of all clients", 1, len(play.ledger.journals)),
            exactly("faults", [], play.ledger.faults[:_SHOWN]),
            exactly("number of faults", 0, len(play.ledger.faults)),
            exactly("servers that ended for no reason", [], _strange(chaos.ended)),
            exactly("servers at the same entry", True, alike),
            exactly("differences by `netchat verify --against`", [], site.differences()),
            exactly(
                "mutes that differ",
                [],
                chaos.mutes.differences(one.data for one in site.servers),
            ),
        ]


def freeze_alike(play: Play) -> bool:
    """Stop all servers where each has taken the log up to the same entry, if they are there."""
    for _ in range(1000):
        if play.site.freeze_alike():
            return True
        play.tick()
    return False


def _strange(ended: Sequence[str]) -> list[str]:
    """Return the logs of those that were not buried before they ended."""
    return [log[-500:] for log in ended if "have not heard of this one" not in log]
