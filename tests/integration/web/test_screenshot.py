"""The picture in README.md, which is made of the page as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.needs import needs
from tests.support.page_screenshot import PICTURE, SIZE, take

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [needs("chromium"), pytest.mark.long]


def size_of(png: bytes) -> tuple[int, int]:
    """Return the width and the height of a picture (PNG, 11.2.1)."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_the_picture_of_the_page_can_be_made_and_is_small(browser: Browser, tmp_path: Path) -> None:
    take(browser, tmp_path / "page.png")
    for picture in (tmp_path / "page.png", PICTURE):
        assert size_of(picture.read_bytes()) == (SIZE["width"], SIZE["height"])
        assert picture.stat().st_size < 150_000
