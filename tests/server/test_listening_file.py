"""The file that says where the server listens, and that the health check can read it."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from netchat.client.cli.local_server import TlsAddress, listening
from netchat.client.connection.address import Address
from netchat.server.listening_file import describe, remove, write


@pytest.mark.parametrize(
    ("address", "tls", "where"),
    [
        (IPv4Address("TCP", "0.0.0.0", 6001), False, Address("127.0.0.1", 6001)),
        (IPv4Address("TCP", "192.168.1.1", 6001), False, Address("192.168.1.1", 6001)),
        (IPv6Address("TCP", "::", 6001), False, Address("::1", 6001)),
        (IPv6Address("TCP", "fe80::5%eth0", 6001), False, Address("fe80::5%eth0", 6001)),
        (IPv4Address("TCP", "0.0.0.0", 6002), True, TlsAddress("127.0.0.1", 6002)),
        (IPv6Address("TCP", "::1", 6002), True, TlsAddress("::1", 6002)),
        (UNIXAddress("/run/a:b \\c=d/socket"), False, "/run/a:b \\c=d/socket"),
    ],
)
@pytest.mark.parametrize("proxied", [False, True])
def test_the_health_check_finds_what_the_server_has_written(
    tmp_path: Path, address: IPv4Address, tls: bool, where: Address | str, proxied: bool
) -> None:
    path = tmp_path / "listening"
    write(path, [describe(address, tls=tls, proxied=proxied)])
    assert listening({"NETCHAT_LISTENING_FILE": str(path)}) == (where, proxied)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_path_of_a_unix_socket_is_found_or_left_out(name: str) -> None:
    with TemporaryDirectory() as place:
        path = Path(place) / "listening"
        described = describe(UNIXAddress(f"/run/{name}"), tls=False, proxied=False)
        write(path, [described, "tcp:7002"])
        found, _ = listening({"NETCHAT_LISTENING_FILE": str(path)})
    assert found == (os.path.abspath(f"/run/{name}") if described else Address("127.0.0.1", 7002))
    assert described or not name.isprintable()


def test_an_abstract_address_is_left_out() -> None:
    assert describe(UNIXAddress("\0abstract"), tls=False, proxied=False) == ""


def test_the_file_wins_over_the_environment_and_without_it_the_environment_holds(
    tmp_path: Path,
) -> None:
    path = tmp_path / "listening"
    environment = {"NETCHAT_LISTENING_FILE": str(path), "NETCHAT_LISTEN": "tcp:6001"}
    assert listening(environment) == (Address("127.0.0.1", 6001), False)
    for content in (b"", b"\xff\xfe", b"nonsense\n"):
        path.write_bytes(content)
        assert listening(environment) == (Address("127.0.0.1", 6001), False)
    write(path, ["ssl:7001:interface=0.0.0.0", "tcp:7002:interface=0.0.0.0"])
    assert listening(environment) == (Address("127.0.0.1", 7002), False)


def test_everybody_can_read_the_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "listening"
    write(path, ["tcp:1"])
    write(path, ["tcp:2"])
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["listening"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "listening").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "listening", ["tcp:1"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["listening"]


def test_only_the_server_that_wrote_the_file_removes_it(tmp_path: Path) -> None:
    path = tmp_path / "listening"
    write(path, ["tcp:2"])
    remove(path, ["tcp:1"])
    assert path.exists()
    remove(path, ["tcp:2"])
    assert not path.exists()
    remove(path, ["tcp:2"])
