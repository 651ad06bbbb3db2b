"""The table in docs/options.md, generated from the settings: `make docs` writes it."""

from __future__ import annotations

import re

from netchat.server.options_file import Kind
from netchat.server.setting import Setting
from netchat.server.settings import SETTINGS
from tests.support.checkout import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "options.md"
DATA = "~/.local/state/netchat"
"""The default of --data on Linux; other systems have another directory."""
_TABLE = re.compile(r"(^\|.*\n)+", re.MULTILINE)


def document() -> str:
    """Return the text of docs/options.md with an up-to-date table."""
    return _TABLE.sub(lambda _: table(), DOCUMENT.read_text(encoding="utf-8"))


def table() -> str:
    """Return the table in Markdown, one row for each option."""
    rows = [_row(name, setting) for name, setting in SETTINGS.items()]
    heading = [("option", "default", "at 0", "what it does"), ("---",) * 4]
    return "".join(f"| {' | '.join(row)} |\n" for row in [*heading, *rows])


def _row(name: str, setting: Setting) -> tuple[str, str, str, str]:
    notes = []
    if setting.kind is Kind.LIST:
        notes.append("May be given several times.")
    if setting.at_start:
        notes.append("*Restart.*")
    purpose = " ".join([setting.purpose, *notes])
    return (
        f"`--{f'{name} {setting.unit}'.strip()}`",
        _default(name, setting),
        setting.at_zero,
        purpose,
    )


def _default(name: str, setting: Setting) -> str:
    if name == "data":
        return f"`{DATA}`"
    if setting.kind is Kind.LIST:
        return f"`{' '.join(setting.default)}`" if setting.default else "none"
    if setting.kind is Kind.FLAG:
        return "no"
    return "none" if setting.default in (None, ()) else f"`{setting.default}`"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
