"""Writes lines of IRC with the tags that a client has asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.message import Message, format_message
from netchat.dialects.irc.references import server_time

if TYPE_CHECKING:
    from netchat.dialects.irc.view import ChatView
    from netchat.model.events import Said, SaidLines

SERVER_TIME = "server-time"
MESSAGE_TAGS = "message-tags"
ACCOUNT_TAG = "account-tag"
BATCH = "batch"


class Writer:
    """Writes lines for clients that have `capabilities`, with what `view` knows."""

    __slots__ = ("_has_account", "_has_tags", "_has_time", "capabilities", "view")

    def __init__(self, capabilities: frozenset[str], view: ChatView) -> None:
        self.capabilities = capabilities
        self.view = view
        self._has_time = SERVER_TIME in capabilities
        self._has_tags = MESSAGE_TAGS in capabilities
        self._has_account = ACCOUNT_TAG in capabilities

    def tags(
        self, *, time: float = 0, msgid: str = "", account: str = "", by: str = "", batch: str = ""
    ) -> dict[str, str]:
        """Return the tags, of those given, that the client reads; `by` is who has caused the line.

        `time` is in seconds since the epoch.
        """
        tags: dict[str, str] = {}
        if batch:
            tags["batch"] = batch
        if time and self._has_time:
            tags["time"] = server_time(time)
        if msgid and self._has_tags:
            tags["msgid"] = msgid
        if account and self._has_account:
            tags["account"] = account
        if by and self._has_tags and self.view.is_bot(by):
            tags["bot"] = ""
        return tags

    def said_tags(self, event: Said | SaidLines, *, is_bot: bool) -> tuple[str, str]:
        """Return the tags of a line that was said: before its id, and behind it.

        The first is "" if the client does not read the id.
        """
        view, has_tags = self.view, self._has_tags
        time = f"time={server_time(event.time)}" if self._has_time and event.time else ""
        account = view.account_name(event.account) if event.account > 0 else ""
        after = f";account={account}" if account and self._has_account else ""
        if has_tags:
            bot = ";bot" if is_bot else ""
            start = f"{time};" if time else ""
            return f"@{start}msgid={view.epoch}-{event.room}-", f"{after}{bot} "
        tags = f"{time}{after}".removeprefix(";")
        return "", f"@{tags} " if tags else ""

    def from_server(self, command: str, *parameters: str) -> bytes:
        """Return a line of the server."""
        return format_message(Message(command, parameters, self.view.server))

    def from_source(self, source: str, command: str, *parameters: str) -> bytes:
        """Return a line of somebody whose nick!user@host is `source`."""
        return format_message(Message(command, parameters, source))

    def tagged(self, tags: dict[str, str], command: str, *parameters: str) -> bytes:
        """Return a line of the server with `tags`."""
        return format_message(Message(command, parameters, self.view.server, tags))

    def of(
        self, name: str, command: str, *parameters: str, tags: dict[str, str] | None = None
    ) -> bytes:
        """Return a line of `name`, with their account and whether they are a bot."""
        if tags is None:
            tags = self.tags(account=self.view.account(name), by=name)
        return format_message(Message(command, parameters, self.view.source(name), tags))
