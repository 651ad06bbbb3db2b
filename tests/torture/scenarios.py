"""All scenarios by name, at full and at small size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.support.processes import PATIENCE
from tests.torture import (
    changes,
    clock,
    disk,
    disk_faults,
    flips,
    kill,
    million,
    order,
    proxy,
    resume,
    second,
)
from tests.torture.attacks import churn
from tests.torture.attacks import scenarios as attacks
from tests.torture.attacks.scenarios import Scenario
from tests.torture.cluster import scenario as cluster


def _churn(seconds: float) -> Scenario:
    return partial(churn.run, seconds=seconds, **attacks.CHURN)


def _cluster(seconds: float) -> Scenario:
    return partial(cluster.run, clients=60, seconds=seconds)


LONG: dict[str, Callable[[float], Scenario]] = {"churn": _churn, "cluster": _cluster}
"""Those that run only if they are named, for as many seconds as one likes."""
FULL: dict[str, Scenario] = {
    "kill": partial(kill.run, rounds=200, ready=2.0),
    "changes": partial(changes.run, kills=200),
    "million": partial(million.run, lines=1_000_000, kills=5, ready=5.0, memory=32.0),
    "proxy": partial(proxy.run, lines=10_000),
    "resume": partial(resume.run, lines=5_000, listeners=50, cuts=20),
    "flips": partial(flips.run, lines=2_000, flips=1_000),
    "disk": partial(
        disk.run, refused=20, disk_faults=[*disk.DISK_FAULTS] * 3, at_once=1.0, recovery=5.0
    ),
    "clock": partial(clock.run, settings=1_000, lines=50, seconds=5.0),
    "order": partial(order.run, actions=300, hasty=False),
    "hasty-order": partial(order.run, actions=300, hasty=True),
    "second": partial(second.run, tries=10, lines=500),
    "cluster": _cluster(1800),
    **attacks.FULL,
}
SMALL: dict[str, Scenario] = {
    "kill": partial(kill.run, rounds=4, ready=10.0),
    "changes": partial(changes.run, kills=20),
    "million": partial(million.run, lines=10_000, kills=1, ready=10.0, memory=32.0),
    "proxy": partial(proxy.run, lines=800),
    "resume": partial(resume.run, lines=800, listeners=12, cuts=6),
    "flips": partial(flips.run, lines=300, flips=100),
    "disk": partial(
        disk.run, refused=5, disk_faults=["full", "EIO on sync only"], at_once=20.0, recovery=30.0
    ),
    "clock": partial(clock.run, settings=100, lines=20, seconds=PATIENCE),
    "order": partial(order.run, actions=20, hasty=False),
    "hasty-order": partial(order.run, actions=60, hasty=True),
    "second": partial(second.run, tries=1, lines=200),
    "cluster": partial(cluster.run, clients=12, rounds=cluster.SMALL),
    **attacks.SMALL,
}


def why_not(name: str) -> str:
    """Return why the scenario `name` cannot run here, or ""."""
    reasons = {"disk": disk_faults.why_not, "cluster": cluster.why_not}
    return reasons[name]() if name in reasons else attacks.why_not(name)
