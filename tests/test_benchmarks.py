"""Tests of `make bench`: its figures, targets and reports, and detection of wrong deliveries."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import report
from benchmarks.build import Programs, build
from benchmarks.load import GOOD, SLOW, WRONG, Run, arguments, flat, run
from benchmarks.medians import Cell, Spread, cells, spread
from benchmarks.picture import bars, svg
from benchmarks.process import Process, ServerError, Start
from benchmarks.rounds import plan, play, rotated
from benchmarks.scenes import ALL, FANOUT, SCENES, Scene
from benchmarks.servers import SERVERS, Server, Workspace
from benchmarks.servers.irc import inspircd_config, ngircd_config
from benchmarks.servers.nats import nats_config
from benchmarks.targets import ALONE, LESS, MISSED, REACHED, TARGETS, UNKNOWN, Target, measurable
from tests.support.needs import missing

RATE = "deliveries_per_second"
SCENE = SCENES["fanout-1000-16-16"]
SMALL = Scene(
    name="small",
    title="5 members, 2 speak",
    kind="fanout",
    arguments=("--members", "5", "--speakers", "2", "--outstanding", "2"),
    servers=("netchat",),
    metrics=FANOUT,
    limit=20.0,
)
# Clients may close with unread bytes, which resets their connections.
CHEATING_SERVER = """
import contextlib, selectors, socket, sys
times_for_the_tenth = int(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
print("starting on", listener.getsockname()[1], flush=True)
selector, guests, said = selectors.DefaultSelector(), {}, 0
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            guest, _ = listener.accept()
            guests[guest] = [b"", b""]
            selector.register(guest, selectors.EVENT_READ)
            guest.sendall(b"Enter username: ")
            continue
        guest = key.fileobj
        data = b""
        with contextlib.suppress(ConnectionError):
            data = guest.recv(65536)
        if not data:
            selector.unregister(guest)
            del guests[guest]
            continue
        *lines, guests[guest][1] = (guests[guest][1] + data).split(b"\\n")
        for line in lines:
            if not guests[guest][0]:
                guests[guest][0] = line
                guest.sendall(b"Welcome to chat room. Enter 'exit' anytime to exit\\n")
                continue
            said += 1
            times = times_for_the_tenth if said == 10 else 1
            for other in guests:
                if other is not guest:
                    with contextlib.suppress(ConnectionError):
                        other.sendall((guests[guest][0] + b": " + line + b"\\n") * times)
"""


def ran(server: str, rate: float, scene: Scene = SCENE) -> Run:
    figures = {RATE: rate, "cpu_per_million_deliveries": 1 / rate}
    return Run(scene.name, server, GOOD, figures)


def measured(rates: Mapping[str, float], scene: Scene = SCENE) -> dict[tuple[str, str], Cell]:
    return cells(ran(server, rate, scene) for server, rate in rates.items())


def test_a_figure_is_the_median_of_its_rounds_with_its_range() -> None:
    assert spread([3.0, 1.0, 100.0]) == Spread(median=3.0, least=1.0, most=100.0)
    cell = cells(ran("netchat", rate) for rate in (5, 4, 6))[SCENE.name, "netchat"]
    assert (cell.rounds, cell.figures[RATE]) == (3, Spread(5, 4, 6))


def test_one_wrong_round_makes_the_figure_wrong() -> None:
    wrong = Run(SCENE.name, "netchat", WRONG, {RATE: 9e9}, "2 errors; the first: twice")
    cell = cells([ran("netchat", 5), wrong, ran("netchat", 6)])[SCENE.name, "netchat"]
    assert (cell.status, cell.figures, cell.note) == (WRONG, {}, wrong.note)


def test_each_round_runs_every_server_once_and_begins_with_another_one() -> None:
    names = [
        [name for _, name in pairs] for pairs in plan([SCENE], ["netchat", "nats", "c-turn"], 3)
    ]
    assert all(sorted(order) == ["c-turn", "nats", "netchat"] for order in names)
    assert len({order[0] for order in names}) == 3
    assert rotated([], 3) == []


def test_a_server_that_was_too_slow_is_not_run_again() -> None:
    def play_one(scene: Scene, name: str) -> Run:
        return Run(scene.name, name, SLOW, {}) if name == "words" else ran(name, 1, scene)

    told: list[int] = []
    scene = SCENES["fanout-100-1-1"]
    order = plan([scene], ["netchat", "words"], 3)
    runs = play(order, play_one, lambda number, _: told.append(number))
    assert [found.server for found in runs].count("words") == 1
    assert told == [1, 1, 2, 3]


def test_a_target_compares_medians() -> None:
    target = Target(SCENE.name, RATE, 0.9, "c-turn")
    assert target.verdict(measured({"netchat": 90, "c-turn": 100})) == REACHED
    assert target.verdict(measured({"netchat": 89, "c-turn": 100})) == MISSED
    assert target.verdict(measured({"netchat": 90})) == UNKNOWN
    assert target.verdict(measured({"netchat": 90, "c-turn": 0.0 + 100}, SMALL)) == UNKNOWN


def test_a_target_may_be_a_difference_or_a_single_figure() -> None:
    found = measured({"netchat": 90, "c-turn": 100})
    assert Target(SCENE.name, RATE, -10, "c-turn", way=LESS).verdict(found) == REACHED
    assert Target(SCENE.name, RATE, 80, at_least=False, way=ALONE).verdict(found) == MISSED


def test_a_target_may_span_two_scenes() -> None:
    target = Target(SCENE.name, RATE, 2, "netchat", other_scene=SMALL.name)
    found = measured({"netchat": 90}) | measured({"netchat": 40}, SMALL)
    assert target.seen(found) == 2.25
    assert measurable([target], [SCENE.name]) == []


def test_every_target_compares_figures_that_are_measured() -> None:
    assert measurable(TARGETS, SCENES) == list(TARGETS)
    for target in TARGETS:
        assert target.server in SCENES[target.scene].servers, target.text
        other_scene = SCENES[target.other_scene or target.scene]
        assert not target.other or target.other in other_scene.servers, target.text
        keys = {metric.key for metric in SCENES[target.scene].metrics}
        assert target.key in keys, target.text


@pytest.mark.parametrize("scene", ALL, ids=lambda scene: scene.name)
def test_a_scene_names_existing_servers(scene: Scene) -> None:
    assert set(scene.servers) <= set(SERVERS)
    assert set(scene.quick) <= set(scene.servers)
    assert len(set(scene.servers)) == len(scene.servers)


def test_the_generator_gets_all_arguments_that_it_needs() -> None:
    words = arguments(SCENES["joins"], SERVERS["ngircd"], 2, port=7, pid=8)
    assert words[0] == "joins"
    for pair in (("--port", "7"), ("--server-pid", "8"), ("--dialect", "irc")):
        assert pair in itertools.pairwise(words)
    # The last value counts: the scene's, in which all join at once.
    windows = [after for word, after in itertools.pairwise(words) if "window" in word]
    assert windows[-1] == "1000"
    assert "--tls" in arguments(SCENES["tls-1000-1-1"], SERVERS["naive-tls"], 2, port=7, pid=8)


def test_numbers_in_nested_objects_are_found() -> None:
    said = {"a": 1, "first": {"p50": 0.5, "unit": "ms"}, "null": None, "tls": True}
    assert flat(said) == {"a": 1.0, "first.p50": 0.5}


def test_the_table_shows_medians_ratios_and_errors() -> None:
    found = measured({"netchat": 5000, "nats": 1000})
    found[SCENE.name, "ngircd"] = Cell(WRONG, 1, {}, "1 errors; the first: lost")
    shown = report.text([SCENE], found, [Target(SCENE.name, RATE, 8, "nats")])
    assert "wrong: 1 errors; the first: lost" in shown
    nats = next(line for line in shown.splitlines() if line.startswith("nats"))
    assert nats.split()[1] == "1,000"
    assert nats.split()[-1] == "5"
    assert "Targets, 1 missed" in shown


def test_the_json_report_has_all_results() -> None:
    found = measured({"c-turn": 2000, "netchat": 5000})
    targets = [Target(SCENE.name, RATE, 2, "c-turn")]
    whole = report.as_json([SCENE], found, targets, {"rounds": 5})
    again = json.loads(json.dumps(whole))
    assert again["rounds"] == 5
    cell = again["scenes"][SCENE.name]["servers"]["netchat"]
    assert cell["figures"][RATE] == {"median": 5000, "least": 5000, "most": 5000}
    assert again["targets"][0] | {"is": 2.5, "verdict": REACHED} == again["targets"][0]
    assert again["servers"]["c-turn"]["tcp_nodelay"] is True


def test_the_picture_is_xml_with_a_bar_for_each_server() -> None:
    found = measured({"netchat": 5000, "nats": 1000, "c-turn": 6000})
    tree = ElementTree.fromstring(svg([SCENE, SMALL], found))
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}rect")) == 3
    ratios = {bar.server: bar.ratio for bar in bars(SCENE, found)}
    assert ratios == pytest.approx({"netchat": 1, "nats": 0.2, "c-turn": 1.2})


def test_longer_bars_are_better_where_less_is_better() -> None:
    scene = SCENES["latency-1000"]
    found = cells(
        Run(scene.name, name, GOOD, {"first.p50": time})
        for name, time in (("netchat", 1.0), ("nats", 4.0))
    )
    assert {bar.server: bar.ratio for bar in bars(scene, found)} == {"netchat": 1, "nats": 0.25}


def test_the_flood_control_of_the_other_servers_is_off(tmp_path: Path) -> None:
    assert "MaxPenaltyTime = 0\n" in ngircd_config(1234, tmp_path)
    assert "Ports = 1234\n" in ngircd_config(1234, tmp_path)
    assert 'fakelag="no"' in inspircd_config(1234, tmp_path)
    assert 'port="1234"' in inspircd_config(1234, tmp_path)
    assert "max_pending" in nats_config()


def test_the_error_of_a_server_that_does_not_start_has_the_end_of_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('the disk is full')")
    with pytest.raises(ServerError, match="ended with code 1: the disk is full"):
        Process(Start(command, says=r"port (\d+)"), tmp_path)


@pytest.fixture(scope="module")
def programs() -> Programs:
    if reason := missing("cc", "OpenSSL headers"):
        pytest.skip(reason)
    return build()


@pytest.mark.parametrize("name", ["netchat", "netchat-json", "c-turn", "c-message", "naive"])
def test_a_server_that_delivers_all_lines_once_and_in_order_is_measured(
    name: str, programs: Programs
) -> None:
    found = run(SMALL, SERVERS[name], programs, 0.2)
    assert found.status == GOOD, found.note
    assert found.figures["errors"] == 0
    assert found.figures["deliveries"] > 0


def cheat(times: int) -> Server:
    def start(workspace: Workspace) -> Start:
        program = workspace.directory / "cheat.py"
        program.write_text(CHEATING_SERVER, encoding="ascii")
        return Start((sys.executable, str(program), str(times)), says=r"starting on (\d+)")

    return Server(name="cheat", about="", dialect="text", start=start, nodelay=False)


def test_the_cheating_server_without_its_cheat_is_good(programs: Programs) -> None:
    assert run(SMALL, cheat(1), programs, 0.2).status == GOOD


@pytest.mark.parametrize("times", [0, 2], ids=["drops", "duplicates"])
def test_a_server_that_drops_or_duplicates_a_line_is_detected(
    times: int, programs: Programs
) -> None:
    found = run(SMALL, cheat(times), programs, 0.2)
    assert found.status == WRONG
    assert "errors; the first: " in found.note
