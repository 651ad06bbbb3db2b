"""The bots of docs/bots.md, as they are printed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.checkout import CHECKOUT

if TYPE_CHECKING:
    from tests.support.processes import Server

DOCUMENT = (CHECKOUT / "docs" / "bots.md").read_text(encoding="utf-8")


def bot_of_the_document(language: str, place: int, server: Server) -> str:
    """Return the code of the bot in `language`, the first at `place` 0, for `server`."""
    code: str = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[place]
    return code.replace("5001", str(server.ports[0])).replace("5080", str(server.page_port))
