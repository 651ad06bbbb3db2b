"""The scenes: arguments of the load generator, servers that take part, and figures to report."""

from __future__ import annotations

from dataclasses import dataclass

TEXT = ("netchat", "c-turn", "c-message")
PEERS = ("ngircd", "inspircd", "nats")
STORED = ("netchat-sqlite", "netchat-json")


@dataclass(frozen=True)
class Metric:
    """A figure of a scene: `key` is its name in the generator's report."""

    key: str
    title: str
    unit: str
    more_is_better: bool = False


@dataclass(frozen=True)
class Scene:
    """A scene. Its load lasts `seconds` times the `--seconds` of the run; 0: until it is done.

    It is stopped after `limit` seconds in total. `quick` are the servers in a quick run.
    """

    name: str
    title: str
    kind: str
    arguments: tuple[str, ...]
    servers: tuple[str, ...]
    metrics: tuple[Metric, ...]
    seconds: float = 1.0
    limit: float = 30.0
    quick: tuple[str, ...] = ()


CPU = Metric("cpu_per_million_deliveries", "CPU s per million", "s")
FANOUT = (Metric("deliveries_per_second", "deliveries/s", "/s", more_is_better=True), CPU)
LATENCY = (
    Metric("first.p50", "first p50", "ms"),
    Metric("median.p50", "median p50", "ms"),
    Metric("last.p50", "last p50", "ms"),
    Metric("last.p99", "last p99", "ms"),
)
MEMORY = (Metric("resident_per_member", "bytes per member", "B"),)
JOINS = (
    # Until the last byte that tells a member of another one.
    Metric("last_byte_seconds", "all names known", "s"),
    Metric("all_entered_seconds", "all joined", "s"),
    Metric("server_cpu_seconds", "CPU s", "s"),
)
STORM = (
    Metric("all_caught_up_seconds", "last resumed", "s"),
    Metric("median_caught_up_seconds", "median resumed", "s"),
    Metric("server_cpu_seconds", "CPU s", "s"),
)
AT_ONCE = ("--login-window", "1000")


def fanout_name(members: int, speakers: int, outstanding: int) -> str:
    """Return the name of a fan-out scene."""
    return f"fanout-{members}-{speakers}-{outstanding}"


def _fanout(
    members: int, speakers: int, outstanding: int, *more: str, quick: tuple[str, ...] = ()
) -> Scene:
    return Scene(
        name=fanout_name(members, speakers, outstanding),
        title=f"{members} members, {speakers} speak, {outstanding} outstanding each",
        kind="fanout",
        arguments=(
            *("--members", str(members)),
            *("--speakers", str(min(speakers, members))),
            *("--outstanding", str(outstanding)),
        ),
        servers=(*TEXT, *more, *PEERS),
        metrics=FANOUT,
        limit=30.0 if members < 5000 else 60.0,
        quick=quick,
    )


def _latency(
    members: int, rate: int, seconds: float, *more: str, quick: tuple[str, ...] = ()
) -> Scene:
    return Scene(
        name=f"latency-{members}",
        title=f"latency at {rate} lines/s into {members} members",
        kind="latency",
        arguments=("--members", str(members), "--rate", str(rate)),
        servers=(*TEXT, "netchat-sqlite", *more, *PEERS),
        metrics=LATENCY,
        seconds=seconds,
        limit=60.0,
        quick=quick,
    )


ALL = (
    _fanout(10, 1, 1, *STORED, "naive", "words"),
    _fanout(10, 10, 1, "naive"),
    _fanout(10, 10, 16, "naive", quick=("netchat", "c-turn")),
    _fanout(100, 1, 1, "naive", "words", quick=("netchat", "c-message", "ngircd", "inspircd")),
    _fanout(100, 16, 1, "naive"),
    _fanout(100, 16, 16, "naive"),
    _fanout(
        1000,
        1,
        1,
        *STORED,
        "netchat-irc",
        "naive",
        "words",
        quick=("netchat", "c-message", "inspircd"),
    ),
    _fanout(
        1000, 16, 1, *STORED, "netchat-sqlite-json", "naive", quick=("netchat", "c-turn", "ngircd")
    ),
    _fanout(
        1000,
        16,
        16,
        *STORED,
        "netchat-sqlite-json",
        "netchat-irc",
        "naive",
        quick=("netchat", "c-turn", *STORED, "netchat-irc", *PEERS),
    ),
    _fanout(5000, 1, 1),
    _fanout(5000, 16, 1),
    _fanout(5000, 16, 16),
    _latency(
        1000,
        20,
        1.0,
        "naive",
        "netchat-json",
        quick=("netchat", "c-turn", "netchat-sqlite", "inspircd", "nats"),
    ),
    _latency(5000, 1, 3.0),
    Scene(
        name="idle",
        title="memory of the server per idle member, of 10,000 in rooms of 10",
        kind="idle",
        arguments=("--members", "10000"),
        servers=(
            *("netchat", "netchat-json", "netchat-websocket", "netchat-irc", "c-turn", "naive"),
            *PEERS,
        ),
        metrics=MEMORY,
        seconds=0,
        limit=90.0,
    ),
    Scene(
        name="joins",
        title="1,000 clients join at once",
        kind="joins",
        arguments=("--members", "1000", *AT_ONCE),
        servers=(*TEXT, "netchat-json", "naive", "ngircd", "inspircd"),
        metrics=JOINS,
        seconds=0,
    ),
    Scene(
        name="storm",
        title="1,000 clients resume at once, each with 100 missed lines",
        kind="storm",
        arguments=("--members", "1000", "--missed", "100", *AT_ONCE),
        servers=("netchat-json", "netchat-sqlite-json"),
        metrics=STORM,
        seconds=0,
        limit=60.0,
    ),
    Scene(
        name="rooms",
        title="1,000 rooms of 10 members, one speaker in each",
        kind="fanout",
        arguments=("--members", "10", "--rooms", "1000", "--speakers", "1", "--outstanding", "1"),
        servers=(*TEXT, "naive", *PEERS),
        metrics=FANOUT,
        limit=60.0,
    ),
    *(
        Scene(
            name=f"{name}-1000-{speakers}-{outstanding}",
            title=f"{title}: 1000 members, {speakers} speak, {outstanding} outstanding each",
            kind="fanout",
            arguments=(
                *("--members", "1000"),
                *("--speakers", str(speakers)),
                *("--outstanding", str(outstanding)),
            ),
            servers=servers,
            metrics=FANOUT,
            limit=60.0,
        )
        for name, title, servers, loads in (
            ("tls", "TLS", ("netchat-tls", "naive-tls"), ((1, 1), (16, 16))),
            (
                *("web", "WebSocket"),
                ("netchat-json", "netchat-websocket"),
                ((1, 1), (16, 1), (16, 16)),
            ),
        )
        for speakers, outstanding in loads
    ),
)
SCENES: dict[str, Scene] = {scene.name: scene for scene in ALL}
