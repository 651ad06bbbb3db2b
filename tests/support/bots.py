"""The bots of docs/bots.md, as they are printed there."""

from __future__ import annotations

import re

from tests.support.checkout import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "bots.md").read_text(encoding="utf-8")


def bot_of_the_document(language: str, place: int, port: int) -> str:
    """Return the code of the bot in `language`, the first at `place` 0, for a server at `port`."""
    code: str = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[place]
    return code.replace("5001", str(port))
