"""The log of a site is kept for some days."""

from __future__ import annotations

import pytest

from tests.support.site import Site


@pytest.mark.parametrize(("days", "kept"), [("7", True), ("1", False)])
def test_what_is_older_is_deleted_within_an_hour(days: str, kept: bool) -> None:
    site = Site(1, "--cluster-days", days)
    site.log.now = lambda: 1_767_268_800.0 + site.clock.seconds()
    site.log.written[:] = [site.log.now()] * len(site.log.written)
    for _ in range(25):
        site.advance(3_600)
    assert (site.log.first == 1) is kept


def test_a_server_that_has_stopped_deletes_nothing() -> None:
    site = Site(2, "--cluster-days", "1")
    site.stop(site.servers[1])
    trimmed: list[float] = []
    site.logs[1].trim = trimmed.append  # type: ignore[method-assign,assignment]
    site.advance(7_200)
    assert not trimmed
