"""The bots of docs/bots.md and docs/irc.md, as they are printed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.checkout import CHECKOUT

if TYPE_CHECKING:
    from tests.support.processes import Server

DOCUMENTS = CHECKOUT / "docs"
DOCUMENT = (DOCUMENTS / "bots.md").read_text(encoding="utf-8")


def bot_of_the_document(
    language: str, place: int, server: Server, document: str = "bots.md"
) -> str:
    """Return the code of the bot in `language`, the first at `place` 0, for `server`."""
    text = (DOCUMENTS / document).read_text(encoding="utf-8")
    code: str = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[place]
    code = code.replace("5001", str(server.ports[0]))
    return code.replace("5080", str(server.page_port)) if "5080" in code else code
