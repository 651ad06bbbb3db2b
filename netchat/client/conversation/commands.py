"""What typed commands become: requests, or what the client itself does.

The text dialect leaves some of it to the one who knows the user: a key is made, a password is asked
for, a reply says whose line it answers.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from netchat.client.conversation.account import OwnAccount
from netchat.client.conversation.display_lines import DisplayLine, Notice, Refusal
from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.outbox import LINES
from netchat.client.conversation.private_lines import PrivateLines
from netchat.client.identity.interfaces import KeyProblemError
from netchat.dialects.text.help import help_texts
from netchat.model.requests import GetHelp, Request
from netchat.model.state_requests import (
    BanRequest,
    GetBans,
    KickRequest,
    MuteRequest,
    Own,
    Reply,
    UnbanRequest,
    UnmuteRequest,
)

_PASSWORD = "password"  # noqa: S105  # the word that asks for one
_ON_SERVER = (BanRequest, GetBans, KickRequest, MuteRequest, UnbanRequest, UnmuteRequest)


class Commands:
    """Turns what is typed into requests; `show` shows a line."""

    __slots__ = ("_account", "_frontend", "_private", "_show")

    def __init__(
        self,
        frontend: Frontend,
        account: OwnAccount,
        private: PrivateLines,
        show: Callable[[DisplayLine], None],
    ) -> None:
        self._frontend = frontend
        self._account = account
        self._private = private
        self._show = show

    def resolve(self, request: Request) -> Request | None:
        """Return the request to send for what was typed, None if there is none."""
        match request:
            case GetHelp():
                self._show_help(request.topic)
            case Own():
                return self._own(request)
            case Reply():
                if self._private.last_sender:
                    return replace(request, to=self._private.last_sender)
                self._refuse("Nobody has sent you a private line yet; type /msg NAME TEXT.")
            case _ if isinstance(request, _ON_SERVER) and self._account.is_operator:
                # As in the text dialect, an operator does this on the whole server.
                return replace(request, room=None)
            case _:
                return request
        return None

    def _show_help(self, topic: str) -> None:
        for line in help_texts(topic, in_client=True):
            # Here the password is asked for, and never typed behind the command.
            self._show(Notice(line.replace("/own [PASSWORD]", "/own [password]")))

    def _own(self, own: Own) -> Request | None:
        if own.ssh is not None:
            return own
        if own.password is None:
            try:
                return self._account.with_key()
            except KeyProblemError as problem:
                self._refuse(str(problem))
        elif own.password.lower() == _PASSWORD:
            self._frontend.new_password_required()
        else:
            # What was typed stands on the screen, and perhaps in a file.
            self._refuse("Type /own password: it asks for the password without showing it.")
        return None

    def _refuse(self, sentence: str) -> None:
        self._frontend.show(Refusal(f"! {sentence}"))


def size_problem(request: Request, limit: int) -> str:
    """Return why the text of `request` is too long, "" if it is not; `limit` in bytes, 0: none."""
    size = len(request.text.encode()) if isinstance(request, LINES) else 0
    if 0 < limit < size:
        return f"That line has {size} bytes, and the server takes {limit}; split it."
    return ""
