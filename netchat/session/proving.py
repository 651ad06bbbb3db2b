"""The proof that the name in a hello is the client's own, before the client is in the chat.

Whatever is wrong, the answer is the same, after the same work: it does not tell which proofs the
account has. A key, and a one-time word, cannot be guessed, so they are verified at once; passwords
at the pace of their name and address.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from netchat.accounts import keys
from netchat.accounts.clients import fingerprint
from netchat.accounts.keys import Challenge
from netchat.accounts.scram import ScramError, ScramExchange
from netchat.accounts.words import find_word, is_word
from netchat.chat.changes import change_as
from netchat.model.events import Event, Refused
from netchat.model.names import match_keys
from netchat.model.notices import AuthRequired, AuthStep
from netchat.model.state_requests import Auth, Own
from netchat.session.company import CompanyLogin
from netchat.session.invited import come_by_invitation
from netchat.session.proof_request import (
    NOT_CONFIDENTIAL,
    can_use_password,
    directions,
)
from netchat.state.changes import Actor, Changed, RemoveProof
from netchat.state.records import Proof

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.model.limits import ConversationLimits
    from netchat.model.requests import Hello
    from netchat.session.interfaces import Connection
    from netchat.state.records import Account

BAD_AUTH = "That does not prove that the name is yours; try again, or choose another name."
MEMBERS_ONLY = "Only members come in here, and nobody owns {}; come with an invitation."
OWNED = "{} is owned by somebody; prove that it is yours, or choose another name."

Done = Callable[[int | AuthStep | Refused], None]
"""Called with the number of the account that is the client's own, with the next step of an exchange
that is not over, or with a refusal."""


class NameProof:
    """Verifies proofs for `name`, which is the valid name in `hello`.

    It is that of an account, or nobody's while only owners may come in.
    """

    __slots__ = ("_account", "_chat", "_connection", "_exchange", "_limits", "_nonce",
                 "hello", "name")  # fmt: skip

    def __init__(
        self,
        chat: Chat,
        connection: Connection,
        limits: ConversationLimits,
        hello: Hello,
        name: str,
    ) -> None:
        self.hello = hello
        account = chat.state.owner(name)
        self.name = account.name if account else name
        """The name of the account, as its owner writes it."""
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._account = account.number if account else 0
        self._nonce = secrets.token_hex(16)
        """What a signature has to cover; "" when one was right."""
        self._exchange: ScramExchange | None = None

    @property
    def can_use_password(self) -> bool:
        """Whether a password may be sent over this connection."""
        plain_passwords = self._limits.plain_passwords
        return can_use_password(self._connection, plain_passwords=plain_passwords)

    @property
    def needs_invitation(self) -> bool:
        """Whether nothing but an invitation helps: nobody owns the name."""
        return not self._account and self._connection.authenticator.command is None

    def question(self) -> AuthRequired | Refused:
        """Return what the client is asked for."""
        if self.needs_invitation:
            return self.hello.refuse("bad-invitation", MEMBERS_ONLY.format(self.name))
        return AuthRequired(
            self.name,
            self._chat.journal.id,
            self._nonce,
            self._connection.authenticator.methods(confidential=self.can_use_password),
            "exporter" if self._connection.channel_binding() else "",
            self.hello.nonce or "",
        )

    def refuse_password(self) -> Refused:
        """Return the refusal of a password over a connection that others can read."""
        where = directions(self._connection.authenticator)
        return Refused("not-allowed", NOT_CONFIDENTIAL.format(where))

    def verify(self, request: Auth | Own, done: Done, tell: Callable[[AuthStep], None]) -> None:
        """Call `done` with the result of `request`; `tell` sends the last step of an exchange."""
        if isinstance(request, Own) and self._account:
            done(request.refuse("name-taken", OWNED.format(self.name)))
        elif isinstance(request, Own):
            come_by_invitation(
                self._chat,
                self._connection,
                request,
                done,
                name=self.name,
                client=self._client,
                password_allowed=self.can_use_password,
            )
        elif request.method == "key":
            done(self._verify_key(request))
        elif request.method == "scram":
            self._verify_scram(request, done, tell)
        else:
            self._verify_password(request, done)

    @property
    def _owner(self) -> Account | None:
        return self._chat.state.account(self._account) if self._account else None

    @property
    def _client(self) -> str:
        return fingerprint(self.hello.client.hex if self.hello.client else "")

    def _verify_key(self, request: Auth) -> int | Refused:
        client = str(self.hello.client) if self.hello.client else ""
        challenge = Challenge(
            self._chat.journal.id,
            self.name,
            client,
            self._nonce,
            request.challenge or "",
            self._connection.channel_binding(),
        )
        key = request.key or ""
        # The signature first: the time must not tell whether the account has the key.
        signed = keys.verify(key, request.signature or "", challenge)
        owner = self._owner
        known = [_is_key(proof, key) for proof in owner.proofs] if owner else []
        if not (signed and any(known) and self._nonce):
            return request.refuse("bad-auth", BAD_AUTH)
        self._nonce = ""
        return self._account

    def _verify_scram(self, request: Auth, done: Done, tell: Callable[[AuthStep], None]) -> None:
        authenticator = self._connection.authenticator
        if not authenticator.scram:
            done(request.refuse("bad-auth", BAD_AUTH))
            return
        exchange, self._exchange = self._exchange, None
        data = request.data or ""
        if exchange is None:
            exchange = authenticator.exchange(self._chat.state, self._owner, self.name)
            try:
                step = exchange.start(data)
            except ScramError:
                done(request.refuse("bad-auth", BAD_AUTH))
            else:
                self._exchange = exchange
                done(AuthStep(step))
            return

        def check(answer: Callable[[bool], None]) -> None:
            try:
                final.append(exchange.finish(data))
            except ScramError:
                answer(False)
            else:
                answer(True)

        def checked(matches: bool) -> None:
            if matches:
                tell(AuthStep(final[0]))
            self._answer(request, done, matches=matches)

        final: list[str] = []
        self._verify_in_turn(check, checked)

    def _verify_password(self, request: Auth, done: Done) -> None:
        password, owner = request.password or "", self._owner
        word = find_word(owner, password, self._chat.time())
        if owner is not None and word is not None:
            self._use_word(request, owner, word, done)
        elif self.needs_invitation:
            done(request.refuse("bad-auth", BAD_AUTH))  # That nobody owns a name is no secret.
        elif self.can_use_password:
            # The site knows its people by the first name that it gave, however they write it now.
            asked = owner.first_name if owner is not None and owner.external else self.name
            company = CompanyLogin(self._chat, self._connection, asked)

            def checked(matches: bool) -> None:
                if matches and company.accepted:
                    company.log_in(self._client, done)
                else:
                    self._answer(request, done, matches=matches)

            self._verify_in_turn(partial(self._check_password, company, password), checked)
        elif is_word(password):
            done(request.refuse("bad-auth", BAD_AUTH))
        else:
            done(self.refuse_password())

    def _check_password(
        self, company: CompanyLogin, password: str, answer: Callable[[bool], None]
    ) -> None:
        def verified(matches: bool) -> None:
            if matches:
                answer(True)
            else:
                company.ask(password, answer)

        self._connection.authenticator.verify(self._chat.state, self._owner, password, verified)

    def _verify_in_turn(
        self, check: Callable[[Callable[[bool], None]], None], checked: Callable[[bool], None]
    ) -> None:
        """Call `checked` with the result of `check`, at the pace of the name and the address."""
        owner, client = self._owner, self._client
        device = client if owner is not None and client and client in owner.devices else ""
        pace = self._account or match_keys(self.name)[0]
        self._connection.verify_for(pace, device, check, checked)

    def _answer(self, request: Auth, done: Done, *, matches: bool) -> None:
        done(self._account if matches else request.refuse("bad-auth", BAD_AUTH))

    def _use_word(self, request: Auth, owner: Account, word: Proof, done: Done) -> None:
        """Log in if the word is still there when the removal of it has its place in the order."""

        def removed(result: Event) -> None:
            if isinstance(result, Refused) and result.code == "storage":
                done(result)
            else:
                self._answer(request, done, matches=isinstance(result, Changed))

        actor = Actor(owner.name, owner.number)
        change_as(self._chat, actor, RemoveProof(owner.number, word.id), removed)


def _is_key(proof: Proof, key: str) -> bool:
    return hmac.compare_digest(
        f"{proof.kind} {proof.value}".encode(), f"key {key.lower()}".encode()
    )
