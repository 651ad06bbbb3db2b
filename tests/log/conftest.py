"""The logs that every scenario runs with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.logs import MemorySite, PostgresSite, Site
from tests.support.postgres import own_postgres, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["own_postgres", "postgres"]


@pytest.fixture(params=["memory", "postgres"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    made: Site = (
        MemorySite()
        if request.param == "memory"
        else PostgresSite(request.getfixturevalue("postgres"))
    )
    yield made
    made.close()


@pytest.fixture
def postgres_site(request: pytest.FixtureRequest) -> Iterator[PostgresSite]:
    """A log on PostgreSQL, for what only that does."""
    made = PostgresSite(request.getfixturevalue("postgres"))
    yield made
    made.close()
