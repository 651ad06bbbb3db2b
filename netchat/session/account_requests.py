"""The requests of a participant that concern their account: to own a name, to see it, to invite."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netchat.accounts.clients import fingerprint
from netchat.accounts.words import hash_word, make_word
from netchat.chat.changes import change
from netchat.chat.devices import end_sessions, list_devices
from netchat.chat.refusal import RefusedError
from netchat.model.events import Event, Refused
from netchat.model.notices import AccountShown, Done, Invited, Owned, ProofInfo
from netchat.model.state_requests import Auth, GetAccount, MakeInvitation, Own
from netchat.session.company import CompanyLogin
from netchat.session.proof_request import (
    NOT_CONFIDENTIAL,
    can_use_password,
    directions,
    invitation_hash,
    make_proof,
)
from netchat.state.changes import (
    Actor,
    AddDevice,
    AddProof,
    Changed,
    Invite,
    OwnName,
    RemoveProof,
    What,
)
from netchat.state.records import Invitation, Proof

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection

NO_ACCOUNT = "You own no name yet; own yours with /own."
EXTERNAL = "Your password is that of this site, which is the only proof of your name here."
NOT_YOURS = "That password is not the one of {} at this site; try again."
NO_SESSION = "You have no session of that name; see the list of /account."
OTHER_NAME = "At this site your name is {}; connect again as that."

ACCOUNT_REQUESTS = (Auth, GetAccount, MakeInvitation, Own)


def remember_device(chat: Chat, who: Participant) -> None:
    """Remember the client of `who`, who has just logged in to their account."""
    account, client = chat.state.account(who.account), fingerprint(who.client)
    if account is not None and client and client not in account.devices:
        change(chat, who, AddDevice(account.number, client), then=lambda _: None)


class AccountRequests:
    """Executes requests of `who`; the answers come when the journal has settled the changes.

    `tell` is called with each answer; None: the participant is sent it as it is.
    """

    __slots__ = ("_chat", "_connection", "_limits", "_tell", "_who")

    def __init__(
        self,
        chat: Chat,
        who: Participant,
        connection: Connection,
        limits: Limits,
        tell: Callable[[Event], None] | None = None,
    ) -> None:
        self._chat = chat
        self._who = who
        self._connection = connection
        self._limits = limits
        self._tell = tell

    def execute(self, request: Auth | GetAccount | MakeInvitation | Own) -> None:
        """Execute `request`, or raise RefusedError."""
        match request:
            case Own():
                self._own(request)
            case GetAccount():
                self._show_account(request)
            case MakeInvitation():
                self._invite(request)
            case Auth():
                raise RefusedError("bad-request", "You have logged in already.")

    @property
    def _can_use_password(self) -> bool:
        plain_passwords = self._limits.conversation.plain_passwords
        return can_use_password(self._connection, plain_passwords=plain_passwords)

    def _own(self, request: Own) -> None:
        account = self._chat.state.account(self._who.account)
        authenticator = self._connection.authenticator
        if account is not None and account.external and authenticator.command:
            raise RefusedError("not-allowed", EXTERNAL)
        if account is None and authenticator.command and request.password is not None:
            self._own_with_password_of_site(request)
            return
        allowed = self._can_use_password
        if request.password is request.key is request.ssh is None and self._connection.ssh_key:
            request = replace(request, ssh=self._connection.ssh_key)

        def made(proof: Proof | Refused) -> None:
            if self._who.detached:
                return  # Somebody else may have the name by now.
            if isinstance(proof, Refused):
                self._answer(proof)
            elif self._who.account:
                self._submit(AddProof(self._who.account, proof), request)
            else:
                self._submit(self._own_name(request, proof), request)

        maker = self._connection.throttle_key
        make_proof(authenticator, request, made, maker=maker, password_allowed=allowed)

    def _own_name(self, request: Own, proof: Proof) -> OwnName:
        return OwnName(
            self._who.name,
            proof,
            fingerprint(self._who.client),
            invitation_hash(request),
            invited=self._limits.conversation.names == "members",
        )

    def _submit(self, what: What, request: Own) -> None:
        def settled(result: Event) -> None:
            if isinstance(result, Changed):
                owner = self._chat.state.account(self._who.account or result.number)
                name = owner.name if owner else self._who.name
                self._answer(Owned(name, request.nonce or ""))
            else:
                self._answer(result)

        change(self._chat, self._who, what, nonce=request.nonce or "", then=settled)

    def _own_with_password_of_site(self, request: Own) -> None:
        """Own the name if the auth command accepts the password for it."""
        if not self._can_use_password:
            where = directions(self._connection.authenticator)
            raise RefusedError("not-allowed", NOT_CONFIDENTIAL.format(where))
        name = self._who.name
        company = CompanyLogin(self._chat, self._connection, name)

        def checked(matches: bool) -> None:
            if self._who.detached:
                return
            if not matches:
                self._answer(request.refuse("bad-auth", NOT_YOURS.format(name)))
            elif company.account_name != name:
                sentence = OTHER_NAME.format(company.account_name)
                self._answer(request.refuse("bad-auth", sentence))
            else:
                company.log_in(fingerprint(self._who.client), owned, by=self._who)

        def owned(result: int | Refused) -> None:
            if isinstance(result, Refused):
                self._answer(request.refuse(result.code, result.message))
            else:
                self._answer(Owned(name, request.nonce or ""))

        password = request.password or ""

        def check(answer: Callable[[bool], None]) -> None:
            company.ask(password, answer)

        self._connection.verify_for(name, "", check, checked)

    def _show_account(self, request: GetAccount) -> None:
        if not self._who.account:
            raise RefusedError("bad-request", NO_ACCOUNT)
        if request.remove is not None:
            self._change(
                RemoveProof(self._who.account, request.remove),
                request.nonce,
                lambda: Done(f"Proof {request.remove} is removed", request.nonce or ""),
            )
            return
        if request.end is not None:
            self._end_sessions(request.end, request.nonce or "")
            return
        self._chat.ask(self._who, self._account)

    def _end_sessions(self, device: str, nonce: str) -> None:
        """End the session `device` of the account, or ("all") all but this one."""
        every = device.lower() == "all"
        ended = end_sessions(
            self._chat,
            self._who.account,
            Actor(self._who.name, self._who.account),
            keep=self._who if every else None,
            device="" if every else device,
        )
        if not ended and not every:
            raise RefusedError("bad-request", NO_SESSION)
        if not self._who.detached:
            self._answer(Done(f"{ended} session{'s' * (ended != 1)} ended", nonce))

    def _account(self) -> Event | None:
        account = self._chat.state.account(self._who.account)
        if account is None:
            return None
        return AccountShown(
            account.name,
            account.since,
            tuple(ProofInfo(x.id, x.kind, x.label, x.since) for x in account.proofs),
            list_devices(self._chat, self._who),
            tuple(self._chat.state.roles(account.number).items()),
            account.ignored,
        )

    def _invite(self, request: MakeInvitation) -> None:
        token = make_word()
        until = self._chat.time() + request.duration if request.duration else 0.0
        uses = request.uses or 1
        what = Invite(Invitation(hash_word(token), uses, until))
        nonce = request.nonce or ""
        self._change(what, request.nonce, lambda: Invited(token, uses, until, nonce))

    def _change(self, what: What, nonce: str | None, answer: Callable[[], Event]) -> None:
        """Ask for `what`, and tell the participant `answer()` when it has happened."""

        def settled(result: Event) -> None:
            self._answer(result if isinstance(result, Refused) else answer())

        change(self._chat, self._who, what, nonce=nonce or "", then=settled)

    def _answer(self, event: Event) -> None:
        if not self._who.detached:
            if isinstance(event, Refused):
                self._connection.count_refusal(event.code)
            if self._tell is not None:
                self._tell(event)
            else:
                self._chat.ask(self._who, lambda: event)
