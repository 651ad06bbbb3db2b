"""Root is told that it need not be root, unless it is root of its own container only."""

from __future__ import annotations

import pytest

from netchat.server.root import is_root

INITIAL = "         0          0 4294967295\n"


@pytest.mark.parametrize(
    ("uid", "uid_map", "root"),
    [
        (0, INITIAL, True),
        (1000, INITIAL, False),
        (0, "0 1000 1\n", False),
        (0, "0 100000 65536\n", False),
        (0, "0 0 1\n63369 63369 1\n", True),
        (0, "", True),
    ],
)
def test_root_of_the_machine_is_told_from_root_of_a_namespace(
    uid: int, uid_map: str, root: bool
) -> None:
    assert is_root(uid, uid_map) is root
