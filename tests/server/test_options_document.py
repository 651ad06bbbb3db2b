"""docs/options.md lists the options of the server."""

from __future__ import annotations

import re

from netchat.server.settings import SETTINGS
from tests.support.options_document import DOCUMENT, document, table


def test_the_table_in_the_document_is_made_from_the_settings() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run make docs"


def test_the_document_has_each_option_once() -> None:
    rows = re.findall(r"^\| `--([a-z-]+)(?: [A-Z/:]+)?` \| `?([^|`]+)`? \|", table(), re.MULTILINE)
    assert [name for name, _ in rows] == [*SETTINGS]
    defaults = dict(rows)
    assert defaults["max-backlog"] == "262144"
    assert defaults["data"] == "~/.local/state/netchat"
    assert defaults["motd"] == "none"
