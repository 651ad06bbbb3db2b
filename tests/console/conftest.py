"""A server in memory with a journal on disk, to which `netchat admin` speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.testing import Network

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network("--data", str(tmp_path / "data"))
