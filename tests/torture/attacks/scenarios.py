"""All attacks by name, at full and at small size.

The full size has the limits of docs/security.md. The small size has generous limits of time, since
a delay on a busy machine says nothing about the server.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks import (
    address,
    banned,
    churn,
    comeback,
    connections,
    crowded,
    descriptors,
    endless,
    flood,
    gone,
    guesses,
    hooks,
    hostile,
    jumps,
    login,
    logs,
    lookalike,
    network_namespace,
    newlines,
    owned,
    rooms,
    screen,
    searches,
    unread,
    websockets,
)
from tests.torture.attacks.attacked_server import Size
from tests.torture.figures import Figure

Scenario = Callable[[Path, Random], list[Figure]]
FULL_SIZE = Size()
SMALL_SIZE = Size(baseline=1.0, floor=3.0)
BACKLOG = 256 * 1024
CHURN: dict[str, Any] = {"rate": 3, "growth": 10, "size": FULL_SIZE}

# fmt: off
FULL: dict[str, Scenario] = {
    "unread": partial(
        unread.run, clients=100, lines=10_000, width=400, rate=500, backlog=BACKLOG, stall=30,
        size=Size(floor=0.005, times=2),
    ),
    "unread-irc": partial(
        unread.run, clients=100, lines=10_000, width=400, rate=500, backlog=BACKLOG, stall=30,
        size=Size(floor=0.005, times=2), dialect="irc",
    ),
    "stalled": partial(
        unread.run, clients=20, lines=10_000, width=400, rate=500, backlog=0, stall=30,
        size=FULL_SIZE
    ),
    "endless": partial(endless.run, clients=50, size=FULL_SIZE),
    "newlines": partial(newlines.run, seconds=10, ways=5, size=Size(floor=0.05)),
    "flood": partial(flood.run, burst=20, rate=5.0, lines=100, timeout=60, late=2, size=FULL_SIZE),
    "login": partial(
        login.run, silent=1000, drip=False, timeout=15, late=1, entry=0.5, size=FULL_SIZE
    ),
    "dripping": partial(
        login.run, silent=1000, drip=True, timeout=15, late=1, entry=2, size=FULL_SIZE
    ),
    "connections": partial(connections.run, rate=2000, seconds=10, rest=30, size=FULL_SIZE),
    "descriptors": partial(descriptors.run, files=128, visitors=300, size=FULL_SIZE),
    "address": partial(address.run, connections=64, size=FULL_SIZE),
    "guesses": partial(guesses.run, connections=15, seconds=60, late=1, size=FULL_SIZE),
    "owned": partial(
        owned.run, attackers=50, seconds=60, entry=0.5, late=2, scram=False, size=FULL_SIZE
    ),
    "owned-scram": partial(
        owned.run, attackers=50, seconds=60, entry=2, late=3, scram=True, size=FULL_SIZE
    ),
    "banned": partial(
        banned.run, bans=100_000, joins=1000, guests=50, seconds=30, entry=0.5, size=FULL_SIZE
    ),
    "gone": partial(gone.run, ping=60, gone=120, slack=10, at_once=0.5, size=FULL_SIZE),
    "hostile": partial(hostile.run, lines=10_000, size=FULL_SIZE),
    "screen": partial(screen.run, lines=1_000),
    "lookalike": partial(lookalike.run, pairs=200, renames=5, size=FULL_SIZE),
    "rooms": partial(rooms.run, clients=110, joins=100_000, each=100, most=10_000, size=FULL_SIZE),
    "crowded": partial(crowded.run, clients=100, rooms=100, asking=10, size=FULL_SIZE),
    "logs": partial(logs.run, clients=500, size=FULL_SIZE),
    "comeback": partial(comeback.run, clients=1000, pace=50, stop=5, back=15),
    "comeback-irc": partial(
        comeback.run, clients=1000, pace=50, stop=5, back=15, dialect="irc"
    ),
    "searches": partial(
        searches.run, lines=400_000, clients=16, seconds=30, entry=0.5, memory=24, stop=5,
        size=FULL_SIZE
    ),
    "jumps": partial(jumps.run, sleep=5, late=1, size=Size(floor=10)),
    "websockets": partial(websockets.run, each=20, idle=2_000, slack=5, size=FULL_SIZE),
    "hooks": partial(hooks.run, each=20, slow=100, seconds=20, slack=2, size=FULL_SIZE),
    "churn": partial(churn.run, seconds=3600, **CHURN),
}
SMALL: dict[str, Scenario] = {
    "unread": partial(
        unread.run, clients=12, lines=1_500, width=4_000, rate=750, backlog=BACKLOG, stall=30,
        size=SMALL_SIZE,
    ),
    "unread-irc": partial(
        unread.run, clients=6, lines=1_500, width=4_000, rate=750, backlog=BACKLOG, stall=30,
        size=SMALL_SIZE, dialect="irc",
    ),
    "stalled": partial(
        unread.run, clients=4, lines=1_500, width=4_000, rate=750, backlog=0, stall=1,
        size=SMALL_SIZE
    ),
    "endless": partial(endless.run, clients=12, size=SMALL_SIZE),
    "newlines": partial(newlines.run, seconds=1, ways=1, size=SMALL_SIZE),
    "flood": partial(flood.run, burst=5, rate=20.0, lines=25, timeout=2, late=10, size=SMALL_SIZE),
    "login": partial(
        login.run, silent=300, drip=False, timeout=1, late=10, entry=5, size=SMALL_SIZE
    ),
    "dripping": partial(
        login.run, silent=300, drip=True, timeout=2, late=10, entry=5, size=SMALL_SIZE
    ),
    "connections": partial(connections.run, rate=500, seconds=2, rest=1, size=SMALL_SIZE),
    "descriptors": partial(descriptors.run, files=96, visitors=120, size=SMALL_SIZE),
    "address": partial(address.run, connections=20, size=SMALL_SIZE),
    "guesses": partial(guesses.run, connections=2, seconds=3, late=10, size=SMALL_SIZE),
    "owned": partial(
        owned.run, attackers=10, seconds=4, entry=5, late=10, scram=False, size=SMALL_SIZE
    ),
    "owned-scram": partial(
        owned.run, attackers=10, seconds=4, entry=10, late=20, scram=True, size=SMALL_SIZE
    ),
    "banned": partial(
        banned.run, bans=5_000, joins=100, guests=10, seconds=3, entry=5, size=SMALL_SIZE
    ),
    "gone": partial(gone.run, ping=1, gone=3, slack=30, at_once=10, size=SMALL_SIZE),
    "hostile": partial(hostile.run, lines=1_000, size=SMALL_SIZE),
    "screen": partial(screen.run, lines=100),
    "lookalike": partial(lookalike.run, pairs=40, renames=5, size=SMALL_SIZE),
    "rooms": partial(rooms.run, clients=5, joins=1_000, each=100, most=300, size=SMALL_SIZE),
    "crowded": partial(crowded.run, clients=10, rooms=10, asking=1, size=SMALL_SIZE),
    "logs": partial(logs.run, clients=40, size=SMALL_SIZE),
    "comeback": partial(comeback.run, clients=100, pace=50, stop=30, back=60),
    "comeback-irc": partial(
        comeback.run, clients=50, pace=50, stop=30, back=60, dialect="irc"
    ),
    "searches": partial(
        searches.run, lines=100_000, clients=16, seconds=4, entry=3, memory=24, stop=30,
        size=SMALL_SIZE
    ),
    "jumps": partial(jumps.run, sleep=1, late=10, size=SMALL_SIZE),
    "websockets": partial(websockets.run, each=3, idle=600, slack=30, size=SMALL_SIZE),
    "hooks": partial(hooks.run, each=3, slow=10, seconds=3, slack=20, size=SMALL_SIZE),
    "churn": partial(churn.run, seconds=4, rate=20, growth=25, size=SMALL_SIZE),
}
# fmt: on
_WHY_NOT = {
    "address": network_namespace.why_not,
    "gone": network_namespace.why_not,
    "descriptors": descriptors.why_not,
}


def why_not(name: str) -> str:
    """Return why the attack `name` cannot run here, or ""."""
    return _WHY_NOT[name]() if name in _WHY_NOT else ""
