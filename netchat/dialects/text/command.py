"""One command of the text dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netchat.model.events import Refused
from netchat.model.requests import Request


@dataclass(frozen=True, slots=True)
class Command:
    """The usage of a command, its purpose, and the request that its arguments make.

    `request` gets the text after the command. It returns None if that is not valid, or a refusal if
    there is more to say than the usage. Names are passed on unchanged, because they are checked
    later; texts are sanitized. What is typed for a `private` command is not for everybody.

    `aliases` are other words for it, which people know from elsewhere; `/help COMMAND` shows them,
    and the `details`.
    """

    usage: str
    purpose: str
    request: Callable[[str], Request | Refused | None]
    private: bool = False
    aliases: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    def parse(self, text: str) -> Request | Refused:
        """Return the request for `text`, or a refusal with the usage."""
        request = self.request(text)
        return request or Refused("bad-request", f"Type it as {self.usage}: {self.purpose}.")
