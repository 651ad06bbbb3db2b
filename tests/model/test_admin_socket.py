"""The path of the socket of netchat admin, however long that of its directory is."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from netchat.model.admin_socket import FILE, socket_path

if TYPE_CHECKING:
    from pathlib import Path


def test_a_short_path_is_used_as_it_is(tmp_path: Path) -> None:
    with socket_path(tmp_path) as path:
        assert path == str(tmp_path / FILE)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the system has no shorter path")
@pytest.mark.parametrize("name", ["x" * 200, "ö" * 60])
def test_a_socket_in_a_directory_with_a_long_path_can_be_used(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name
    directory.mkdir()
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        with socket_path(directory) as path:
            listening.bind(path)
            listening.listen()
        assert (directory / FILE).is_socket()
        with socket_path(directory) as path:
            client.connect(path)


def test_a_long_path_of_no_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), socket_path(tmp_path / ("x" * 200)):
        pass
