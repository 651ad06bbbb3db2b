"""What clients of IRC tell each other's programs, which is stored nowhere: CTCP and TAGMSG.

Sources: https://modern.ircdocs.horse/ctcp, https://ircv3.net/specs/extensions/message-tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from netchat.dialects.irc.references import MsgId
from netchat.dialects.irc.writer import MESSAGE_TAGS
from netchat.model.events import Event
from netchat.model.sanitize import sanitize

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer

TAGMSG = "TAGMSG"
RELAYED_TAGS = frozenset({"+typing", "+draft/react", "+draft/unreact", "+draft/reply"})
"""The tags of clients that are relayed, with TAGMSG alone."""


class Relayed(Event, frozen=True):
    """A message of `name`, with its `parameters` behind the command; `own`: to its sender."""

    name: str
    command: str
    parameters: tuple[str, ...]
    time: float
    number: int
    tags: tuple[tuple[str, str], ...] = ()
    own: bool = False


def relayed_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return those of `tags` that are relayed, without what may harm a terminal."""
    return tuple((name, sanitize(tags[name])) for name in sorted(RELAYED_TAGS & tags.keys()))


def relayed_lines(writer: Writer, event: Relayed) -> Iterator[bytes]:
    """Yield the message, unless its reader knows no tags and it has nothing else."""
    if event.command == TAGMSG and MESSAGE_TAGS not in writer.capabilities:
        return
    view, sent = writer.view, round(event.time * 1000)
    msgid = str(MsgId(view.epoch, "", event.number, sent=sent))
    account = view.account(event.name)
    tags = writer.tags(time=event.time, msgid=msgid, account=account, by=event.name)
    yield writer.of(event.name, event.command, *event.parameters, tags={**tags, **dict(event.tags)})
