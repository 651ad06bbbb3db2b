"""What a monitoring system is told: the metrics, and whether the server is alive and ready."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.testing import StringTransport

from netchat.doors.metrics.site import MAX_CONNECTIONS, TIMEOUT
from netchat.journal.sqlite.storage_monitor import CHECK_INTERVAL
from netchat.server.start_error import StartError
from netchat.testing import Network
from tests.support.checkout import CHECKOUT
from tests.support.metrics import ENDPOINT, Scraped, get, site_of
from tests.support.needs import needs
from tests.support.processes import Server
from tests.support.site import Site
from tests.support.ssh_clients import ssh

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def network() -> Network:
    return Network(*ENDPOINT)


def test_guests_are_counted_by_door_and_dialect(network: Network) -> None:
    network.join("Alice")
    bob = network.join("Bob")
    network.program("ci")
    network.guest()
    ssh(network, "Dave")
    figures = Scraped(network)
    assert figures["netchat_guests", "door=ssh", "dialect=text"] == 1
    assert figures["netchat_guests", "door=tcp", "dialect=text"] == 2
    assert figures["netchat_guests", "door=tcp", "dialect=jsonl"] == 1
    assert figures["netchat_guests", "door=tls", "dialect=text"] == 0
    assert figures["netchat_connections_nameless"] == 1
    assert figures["netchat_logins_total"] == 4
    bob.hang_up()
    assert Scraped(network)["netchat_guests", "door=tcp", "dialect=text"] == 1
    assert Scraped(network)["netchat_logins_total"] == 4


def test_lines_and_rooms_are_counted(network: Network) -> None:
    alice = network.join("Alice")
    ci = network.program("ci", rooms=["lobby", "dev"])
    alice.say("one")
    alice.send(b"two\nthree\n")
    ci.ask("say", room="dev", text="four")
    figures = Scraped(network)
    assert figures["netchat_lines_total"] == 4
    assert figures["netchat_rooms"] == 2
    ci.hang_up()
    figures = Scraped(network)
    assert figures["netchat_rooms"] == 1
    assert figures["netchat_rooms_known"] == 2
    assert figures["netchat_append_seconds_count"] == 3
    assert figures["netchat_turn_seconds_count"] >= 3
    assert figures["netchat_events_unsettled"] == 0


def test_refusals_are_counted_by_their_code(network: Network) -> None:
    alice = network.join("Alice")
    alice.say("/unknown")
    alice.say("x" * 5000)
    alice.say("/nick ")
    network.guest().say("alice")
    ci = network.program("ci")
    ci.ask("say", room="lobby", text="a", nonce="1")
    ci.ask("say", room="elsewhere", text="a")
    figures = Scraped(network)
    refused = {
        dict(labels)["code"]: count
        for (name, labels), count in figures.values.items()
        if name == "netchat_requests_refused_total"
    }
    assert refused == {
        "unknown-type": 1,
        "line-too-long": 1,
        "bad-request": 1,
        "name-taken": 1,
        "not-in-room": 1,
    }


def test_closed_and_refused_connections_are_counted_by_reason() -> None:
    network = Network(*ENDPOINT, "--deny", "203.0.113.0/24", "--login-tries", "2")
    network.guest("203.0.113.9")
    network.join("Alice").say("exit")
    silent = network.guest()
    twice = network.guest()
    twice.say("\x00")
    twice.say("\x00")
    network.advance(15)
    assert not silent.online
    figures = Scraped(network)
    assert figures["netchat_connections_refused_total", "reason=denied"] == 1
    assert figures["netchat_disconnects_total", "reason=bye"] == 1
    assert figures["netchat_disconnects_total", "reason=login-timeout"] == 1
    assert figures["netchat_disconnects_total", "reason=login-tries"] == 1


def test_wrong_passwords_are_counted(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")
    password.chmod(0o600)
    network = Network(*ENDPOINT, "--password-file", str(password))
    guest = network.guest()
    guest.say("Alice")
    guest.say("wrong")
    network.advance(1)
    figures = Scraped(network)
    assert figures["netchat_wrong_passwords_total"] == 1
    assert figures["netchat_requests_refused_total", "code=bad-password"] == 1


def test_no_label_has_the_name_of_a_room_or_a_guest(network: Network) -> None:
    before = Scraped(network).values.keys()
    for number in range(5):
        guest = network.join(f"Guest{number}")
        guest.say(f"/join room{number}")
        guest.say("hello")
    assert Scraped(network).values.keys() == before
    assert "room1" not in get(network, "/metrics")[1]
    assert "Guest1" not in get(network, "/metrics")[1]


def test_memory_and_descriptors_of_the_process_are_there(network: Network) -> None:
    figures = Scraped(network)
    assert figures["process_resident_memory_bytes"] > 1 << 20
    assert figures["process_open_fds"] > 0


def test_a_server_that_cannot_store_is_alive_but_not_ready(tmp_path: Path) -> None:
    network = Network(*ENDPOINT, "--data", str(tmp_path / "data"))
    alice = network.join("Alice")
    assert get(network, "/readyz") == (200, "ready\n")
    assert Scraped(network)["netchat_storage_trouble"] == 0
    (tmp_path / "data").rename(tmp_path / "aside")
    network.advance(CHECK_INTERVAL)
    status, why = get(network, "/readyz")
    assert status == 503
    assert "put it back" in why
    assert get(network, "/healthz") == (200, "ok\n")
    assert Scraped(network)["netchat_storage_trouble"] == 1
    alice.say("lost?")
    assert Scraped(network)["netchat_requests_refused_total", "code=storage"] == 1
    (tmp_path / "aside").rename(tmp_path / "data")
    network.advance(CHECK_INTERVAL)
    assert get(network, "/readyz") == (200, "ready\n")
    network.stop()
    network.advance(5)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/nothing", "GET", 404),
        ("/metrics/", "GET", 200),
        ("/metrics", "HEAD", 200),
        ("/metrics", "POST", 405),
        ("/healthz?x=1", "GET", 200),
    ],
)
def test_other_requests_get_the_usual_answers(
    network: Network, path: str, method: str, status: int
) -> None:
    got, body = get(network, path, method)
    assert got == status
    assert not body or method != "HEAD"


def test_few_connections_are_served_at_a_time_and_silent_ones_are_closed(
    network: Network,
) -> None:
    transports = []
    for _ in range(MAX_CONNECTIONS):
        protocol, transport = site_of(network).buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        transports.append(transport)
    assert site_of(network).buildProtocol(None) is None
    network.advance(TIMEOUT)
    assert all(transport.disconnecting for transport in transports)


def test_without_the_option_nothing_is_measured() -> None:
    network = Network()
    assert [given[0] for given in network.clock.tcpServers] == [5001, 5001, 5080, 5080]
    assert type(network.service.factory.chat.journal).__name__ == "MemoryJournal"


def test_guests_and_metrics_cannot_share_an_endpoint() -> None:
    with pytest.raises(StartError, match="different endpoints"):
        Network("--listen", "tcp:9464:interface=127.0.0.1", *ENDPOINT)


def test_an_invalid_endpoint_is_refused_in_one_sentence() -> None:
    with pytest.raises(StartError, match="9464 is not a valid endpoint; write it like tcp:5001"):
        Network("--metrics", "9464")


def panel_expressions() -> list[str]:
    text = (CHECKOUT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8")
    dashboard: dict[str, Any] = json.loads(text)
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


def alert_rules() -> str:
    return (CHECKOUT / "docs" / "prometheus-alerts.yml").read_text(encoding="utf-8")


def test_dashboard_alerts_and_document_name_metrics_that_exist() -> None:
    network = Site(1, *ENDPOINT).servers[0]
    network.join("Alice").say("hello")
    _, body = get(network, "/metrics")
    families = set(re.findall(r"^# TYPE (\S+) ", body, re.MULTILINE))
    families |= {name + end for name in families for end in ("_bucket", "_sum", "_count")}
    used = set(re.findall(r"\b(?:netchat|process)_\w+", " ".join([*panel_expressions()])))
    used |= set(re.findall(r"\b(?:netchat|process)_\w+", alert_rules()))
    assert used
    assert used <= families
    document = (CHECKOUT / "docs" / "metrics.md").read_text(encoding="utf-8")
    ours = {name for name in families if name.startswith("netchat_")}
    ours = {name for name in ours if not name.endswith(("_created", "_bucket", "_sum", "_count"))}
    assert set(re.findall(r"^\| `(netchat_\w+)", document, re.MULTILINE)) == ours


@needs("promtool", "curl")
def test_promtool_has_nothing_to_say_of_the_metrics(tmp_path: Path) -> None:
    """Against a real server and its socket, with a sample of everything that is counted."""
    with Server("--metrics", "tcp:port=0", cwd=tmp_path) as server, server.guest("Alice") as alice:
        alice.say("/unknown")
        alice.line()
        alice.say("exit")
        alice.rest()
        (port,) = re.findall(r"Metrics are on tcp:127\.0\.0\.1:(\d+)", server.log)
        curl = subprocess.run(
            ["curl", "-sf", f"http://127.0.0.1:{port}/metrics"],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert b'code="unknown-type"' in curl.stdout
        assert server.stop() == 0
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=curl.stdout, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@needs("promtool")
def test_promtool_accepts_the_alerts_and_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    rules = CHECKOUT / "docs" / "prometheus-alerts.yml"
    expressions = [expr.replace("$__rate_interval", "5m") for expr in panel_expressions()]
    recorded = tmp_path / "dashboard.yml"
    recorded.write_text(
        json.dumps(
            {
                "groups": [
                    {
                        "name": "dashboard",
                        "rules": [
                            {"record": f"panel:{number}", "expr": expr}
                            for number, expr in enumerate(expressions)
                        ],
                    }
                ]
            }
        ),
        encoding="utf-8",
    )
    for path in (rules, recorded):
        checked = subprocess.run(
            ["promtool", "check", "rules", path],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stderr + checked.stdout
