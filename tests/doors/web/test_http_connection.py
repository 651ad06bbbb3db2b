"""HTTP on the one port, in memory: what is answered, and what a connection may cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from netchat.admission.connections import MAX_HTTP
from netchat.doors.web.files import CONTENT_TYPES, load_files
from netchat.doors.web.http_connection import HEADER_TIMEOUT, IDLE_TIMEOUT, MAX_REQUESTS
from netchat.doors.web.pages import SECURITY_HEADERS
from netchat.testing import Guest, Network
from tests.support.web import browser, request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def network() -> Network:
    return Network()


def test_the_page_is_at_the_address_at_which_guests_join_with_nc(network: Network) -> None:
    alice = network.join("Alice")
    page = browser(network).ask("/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>netchat</title>" in page.text
    alice.say("/names")
    assert alice.heard() == ["* In lobby: Alice"]


def test_a_page_loads_only_its_own_files_and_stands_in_no_frame() -> None:
    policy = SECURITY_HEADERS["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {rule.split()[-1] for rule in policy} == {"'none'", "'self'", "'script'"}
    assert {"frame-ancestors 'none'", "require-trusted-types-for 'script'"} <= {*policy}
    assert SECURITY_HEADERS["cross-origin-resource-policy"] == "same-origin"
    assert SECURITY_HEADERS["x-content-type-options"] == "nosniff"
    assert SECURITY_HEADERS["referrer-policy"] == "no-referrer"


def test_every_answer_has_the_security_headers_and_no_server_version(network: Network) -> None:
    connection = browser(network)
    for path, headers in [("/", {}), ("/none", {}), ("/ws", {}), ("/", {"host": "evil.example"})]:
        answer = connection.ask(path, **headers)
        assert answer.headers.items() >= SECURITY_HEADERS.items()
        assert "server" not in answer.headers
        assert "date" in answer.headers
        assert not re.search("twisted|netchat/", answer.text.lower())


def test_a_file_is_not_sent_again_to_a_browser_that_has_it(network: Network) -> None:
    connection = browser(network)
    for coding in ("", "gzip, br"):
        first = connection.ask("/", accept_encoding=coding)
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        for tags in (tag, f'"x", W/{tag}', "*"):
            again = connection.ask("/", if_none_match=tags, accept_encoding=coding)
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert connection.ask("/", if_none_match='"x"').status == 200


def test_a_file_and_its_compressed_form_have_tags_of_their_own(network: Network) -> None:
    connection = browser(network)
    plain, compressed = [
        connection.ask("/", accept_encoding=x).headers["etag"] for x in ("", "gzip")
    ]
    assert plain != compressed


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("gzipped", False),
    ],
)
def test_a_file_is_compressed_for_a_client_that_takes_it(
    network: Network, accepted: str, compressed: bool
) -> None:
    answer = browser(network).ask("/", accept_encoding=accepted)
    assert ("content-encoding" in answer.headers) is compressed
    assert answer.headers["vary"] == "accept-encoding"
    assert "<title>" in answer.text


def test_head_gets_the_headers_alone(network: Network) -> None:
    connection = browser(network)
    page = connection.ask("/")
    head = connection.ask("/", "HEAD")
    assert head.status == 200
    assert head.headers["content-length"] == str(len(page.body))
    assert connection.ask("/").body == page.body


def test_http_1_0_needs_no_host_and_the_connection_closes(network: Network) -> None:
    connection = browser(network)
    assert connection.ask("/", version="1.0", host="").status == 200
    assert not connection.online


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/none", "GET", {}, 404),
        ("/../netchat/tap.py", "GET", {}, 404),
        ("/%2e%2e/tap.py", "GET", {}, 404),
        ("//", "GET", {}, 404),
        ("http://evil.example/", "GET", {}, 404),
        ("/", "POST", {}, 405),
        ("/", "DELETE", {}, 405),
        ("/", "OPTIONS", {}, 405),
        ("/", "GET", {"host": "evil.example"}, 421),
        ("/", "GET", {"host": "evil.example:5001"}, 421),
        ("/ws", "GET", {"host": "evil.example"}, 421),
        ("/", "GET", {"x_forwarded_host": "192.168.1.1", "host": "evil.example"}, 421),
        ("/", "GET", {"host": ""}, 400),
        ("/", "GET", {"host": "localhost\r\nhost: evil.example"}, 400),
        ("/ws", "GET", {}, 426),
        ("/ws", "POST", {}, 405),
    ],
)
def test_what_is_not_there_or_not_allowed_is_answered_with_a_short_page(
    network: Network, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    answer = browser(network).ask(path, method, **headers)
    assert answer.status == status
    assert len(answer.body) < 1000
    if status == 405:
        assert answer.headers["allow"].startswith("GET")


def test_a_query_makes_no_difference(network: Network) -> None:
    answer = browser(network).ask("/?reload=1")
    assert answer.status == 200
    assert answer.body == browser(network).ask("/").body


@pytest.mark.parametrize("header", ["content-length: 5", "transfer-encoding: chunked"])
def test_a_request_with_a_body_is_refused_before_the_body_comes(
    network: Network, header: str
) -> None:
    connection = browser(network)
    name, _, value = header.partition(": ")
    answer = connection.ask("/", "POST", **{name.replace("-", "_"): value})
    assert answer.status == 413
    assert not connection.online


def test_requests_may_come_together_or_byte_by_byte(network: Network) -> None:
    connection = browser(network)
    connection.send(request("/") + request("/none"))
    assert [connection.answer().status for _ in range(2)] == [200, 404]
    slow = browser(network)
    for byte in request("/"):
        slow.send(bytes([byte]))
    assert slow.answer().status == 200


def test_garbage_after_a_request_line_is_refused(network: Network) -> None:
    connection = browser(network)
    connection.send(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
    assert connection.answer().status == 400
    assert not connection.online


def test_headers_without_end_close_the_connection(network: Network) -> None:
    connection = browser(network)
    connection.send(b"GET / HTTP/1.1\r\n")
    for number in range(2000):
        connection.send(b"x-%d: y\r\n" % number)
    assert not connection.online


def test_an_idle_connection_closes_after_5_seconds(network: Network) -> None:
    assert IDLE_TIMEOUT == 5
    connection = browser(network)
    connection.ask("/")
    network.advance(IDLE_TIMEOUT - 0.1)
    assert connection.online
    connection.ask("/")
    network.advance(IDLE_TIMEOUT - 0.1)
    assert connection.online
    network.advance(0.1)
    assert not connection.online


def test_slow_headers_have_10_seconds_however_steadily_they_come(network: Network) -> None:
    assert HEADER_TIMEOUT == 10
    connection = browser(network)
    connection.send(b"GET / HTTP/1.1\r\n")
    for _ in range(int(HEADER_TIMEOUT) - 1):
        network.advance(1)
        connection.send(b"x: y\r\n")
    assert connection.online
    network.advance(1)
    assert not connection.online


def test_a_connection_has_a_limited_number_of_requests(network: Network) -> None:
    connection = browser(network)
    connection.send(request("/none") * (MAX_REQUESTS + 5))
    answers = [connection.answer() for _ in range(MAX_REQUESTS)]
    assert "connection" not in answers[0].headers
    assert answers[-1].headers["connection"] == "close"
    assert not connection.online
    assert not connection._unread


def test_browsers_count_neither_as_guests_nor_for_their_address() -> None:
    network = Network("--max-per-address", "2", "--max-nameless", "3", "--max-guests", "4")
    connections = [browser(network, "203.0.113.9") for _ in range(2)]
    assert connections[0].ask("/").status == connections[1].ask("/").status == 200
    for _ in range(8):
        connections.append(browser(network, "203.0.113.9"))
        assert connections[-1].ask("/").status == 200
    admission = network.service.factory.connections
    assert (admission.policy.connections, admission.pending_logins.count) == (0, 0)
    assert len(admission.http) == 10
    assert network.join("Alice", "203.0.113.9").online


def test_the_oldest_http_connection_gives_way_when_there_are_too_many(network: Network) -> None:
    first = browser(network)
    first.ask("/")
    connections = network.service.factory.connections
    for number in range(1, MAX_HTTP):
        browser(network, f"198.51.{number // 250}.{number % 250}").ask("/")
    assert len(connections.http) == MAX_HTTP
    network.advance(1)
    assert browser(network, "203.0.113.9").ask("/").status == 200
    assert len(connections.http) == MAX_HTTP
    assert network.join("Alice").online


def test_an_http_connection_goes_first_when_descriptors_are_short(network: Network) -> None:
    connections = network.service.factory.connections
    assert not connections.evict_http()
    connection = browser(network)
    connection.ask("/")
    assert not connections.evict_http(), "it has just come"
    network.advance(1)
    assert connections.evict_http()
    network.settle()
    assert not connection.online


def test_a_browser_gets_the_page_from_an_address_with_too_many_guests() -> None:
    network = Network("--max-per-address", "1")
    network.join("Alice", "203.0.113.9")
    connection = browser(network, "203.0.113.9")
    assert connection.ask("/").status == 200
    refused = network.guest("203.0.113.9")
    assert refused.heard()[-1].startswith("! Too many connections come from your address")
    assert not refused.online


def test_a_request_after_the_question_for_a_name_closes_the_connection(network: Network) -> None:
    connection = browser(network)
    network.advance(0.1)
    assert connection.received == b"Enter username: "
    connection.send(request("/"))
    assert connection.received == b"Enter username: "
    assert not connection.online
    assert network.service.factory.connections.open == {}


def test_no_question_is_asked_while_a_request_line_is_on_its_way(network: Network) -> None:
    connection = browser(network)
    connection.send(b"GET / HT")
    network.advance(1)
    assert connection.received == b""
    connection.send(b"TP/1.1\r\nhost: localhost\r\n\r\n")
    assert connection.answer().status == 200


def test_a_name_that_begins_like_a_request_is_a_name(network: Network) -> None:
    guest = network.guest()
    for part in (b"G", b"E", b"T\n"):
        guest.send(part)
    assert guest.heard()[-1] == "Welcome to chat room. Enter 'exit' anytime to exit"
    late = network.connect(Guest())
    late.network = network
    late.send(b"HEAD")
    network.advance(1)
    assert late.received == b""
    late.send(b"\n")
    assert late.received.startswith(b"Enter username: Welcome")


def test_a_client_that_ends_in_the_middle_of_a_request_line_has_given_a_name(
    network: Network,
) -> None:
    alice = network.join("Alice")
    guest = network.connect(Guest())
    guest.network = network
    guest.send(b"GET")
    network.end_input(guest)
    assert alice.heard() == ["* GET joined", "* GET left"]


def test_no_web_leaves_the_line_door_alone() -> None:
    network = Network("--no-web")
    connection = browser(network)
    connection.send(request("/"))
    assert b"HTTP" not in connection.received
    assert connection.received.startswith(b"Enter username: ! ")


def test_all_http_connections_close_at_a_shutdown(network: Network) -> None:
    connection = browser(network)
    connection.ask("/")
    stopped = network.stop()
    assert not connection.online
    assert stopped.called


def test_files_are_served_from_folders_with_their_types(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "app.js").write_text("export {};\n" * 100, encoding="utf-8")
    (tmp_path / "index.html").write_text("hello", encoding="utf-8")
    (tmp_path / "secret.py").write_text("x", encoding="utf-8")
    (tmp_path / ".hidden").write_text("x", encoding="utf-8")
    files = load_files(tmp_path)
    assert {*files} == {b"/", b"/index.html", b"/js/app.js"}
    assert files[b"/js/app.js"].content_type == CONTENT_TYPES[".js"]
    assert 0 < len(files[b"/js/app.js"].compressed) < len(files[b"/js/app.js"].body)
    assert files[b"/"].compressed == b"", "it would be longer"
    assert files[b"/"].tag == load_files(tmp_path)[b"/"].tag
