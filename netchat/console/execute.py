"""Carries out a request of `netchat admin`; the answer comes when its changes are settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from netchat.console import accounts, moderation, requests, site, webhooks
from netchat.console.answers import End
from netchat.console.interface import Console
from netchat.console.steps import AuditWanted, Outcome, RefusalError, Steps
from netchat.journal.interface import UnreadableError
from netchat.model.events import Refused
from netchat.model.sanitize import sanitize
from netchat.state.changes import CONSOLE, Actor

Reply = Callable[[Outcome | End], None]
"""Called once: with the outcome, or with an End that says why it is refused."""


_BUG = "The server has met a bug; its log has the details."


def execute(request: requests.AnyConsoleRequest, console: Console, reply: Reply) -> None:
    """Carry out `request` on `console`, and call `reply`."""
    steps = _STEPS[type(request)](console, request)
    _Run(steps, _actor(request), console, reply).resume(None)


def _show_status(console: Console, request: requests.GetStatus) -> Steps:
    yield from ()
    return Outcome([console.status()])


_STEPS: Mapping[type, Callable[[Console, Any], Steps]] = MappingProxyType(
    {
        requests.AddOperator: accounts.add_operator,
        requests.RemoveOperator: accounts.remove_operator,
        requests.ListAccounts: accounts.list_accounts,
        requests.ShowAccount: accounts.show_account,
        requests.MakeWord: accounts.make_word,
        requests.ListSessions: accounts.list_sessions,
        requests.EndSessions: accounts.end_sessions,
        requests.ForgetAccount: accounts.forget,
        requests.MakeInvitation: accounts.invite,
        requests.ListInvitations: accounts.list_invitations,
        requests.RevokeInvitation: accounts.revoke,
        requests.KickGuest: moderation.kick,
        requests.RestrictWho: moderation.restrict,
        requests.LiftWho: moderation.lift,
        requests.ListBans: moderation.list_bans,
        requests.ListPresent: moderation.list_present,
        requests.AnnounceText: moderation.announce,
        requests.DeleteTexts: moderation.delete,
        requests.ChangeRoom: moderation.change_room,
        requests.GiveRole: moderation.give_role,
        requests.TakeRole: moderation.take_role,
        requests.LockServer: moderation.lock,
        requests.UnlockServer: moderation.unlock,
        requests.ReadAudit: moderation.read_audit,
        requests.AddWebhook: webhooks.add,
        requests.ListWebhooks: webhooks.listed,
        requests.DropWebhook: webhooks.remove,
        requests.DrainServer: site.drain,
        requests.GetStatus: _show_status,
    }
)


def _actor(request: requests.AnyConsoleRequest) -> Actor:
    user = sanitize(request.user).strip()
    return Actor(f"{CONSOLE.name} ({user})", console=True) if user else CONSOLE


class _Run:
    """Runs `steps` to their end, however soon each change is settled."""

    def __init__(self, steps: Steps, by: Actor, console: Console, reply: Reply) -> None:
        self._steps = steps
        self._by = by
        self._console = console
        self._reply = reply
        self._results: list[object] = []
        self._running = False

    def resume(self, result: object) -> None:
        """Go on with `result`; a result that comes before the last call has returned waits."""
        self._results.append(result)
        if self._running:
            return
        self._running = True
        while self._results:
            self._step(self._results.pop())
        self._running = False

    def _step(self, result: object) -> None:
        try:
            if isinstance(result, Refused):
                raise RefusalError(result.code, result.message)
            if isinstance(result, UnreadableError):
                raise RefusalError("storage", str(result))
            wanted = self._steps.send(result)
        except StopIteration as end:
            self._reply(end.value)
        except RefusalError as error:
            self._steps.close()
            self._reply(End(code=error.code or "bad-request", message=str(error)))
        except Exception:
            self._reply(End(code="internal", message=_BUG))
            raise
        else:
            if isinstance(wanted, AuditWanted):
                self._console.audit(wanted.before, wanted.limit, self.resume)
            else:
                self._console.change(wanted, self._by, self.resume)
