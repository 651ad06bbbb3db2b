"""Who a client is: what its key proves, what else it is asked for, and as whom it comes in.

The user name asked for is the name. A key that its account has proves it; for a name that nobody
owns any key will do, which the client may then own the name with. Refusals that are no matter of
proof (a name that is taken, bans, names that are none) are the session's, which can tell them.
"""

from __future__ import annotations

import hmac
from enum import Enum, auto
from typing import TYPE_CHECKING

from netchat.model.names import BadNameError, check_name
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth, Own
from netchat.session.proving import NameProof

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.chat.chat import Chat
    from netchat.doors.ssh.guest import SshGuest
    from netchat.model.limits import ConversationLimits
    from netchat.state.records import Account

MAX_USER = 512
"""Bytes of a user name that are looked at."""


class Outcome(Enum):
    """What an attempt has led to."""

    ACCEPTED = auto()
    MORE = auto()
    """What was proved is right, and the client has to answer questions as well."""
    REFUSED = auto()


class Question(Enum):
    """What a client can be asked for; the value is the prompt."""

    SERVER_PASSWORD = "Password of this server: "  # noqa: S105 - a prompt
    PROOF = "Password of {}: "
    INVITATION = "Invitation: "
    NEW_PASSWORD = "New password for {}: "  # noqa: S105 - a prompt


class SshLogin:
    """The login of `guest` as `user`, the name that the client asks for.

    `with_passwords`: whether the passwords of accounts are taken.
    """

    def __init__(self, chat: Chat, guest: SshGuest, user: bytes, *, with_passwords: bool) -> None:
        self.name = user[:MAX_USER].decode(errors="replace")
        self.account = 0
        """The account that the client has proved to be its own; 0: none."""
        self._chat = chat
        self._guest = guest
        self._with_passwords = with_passwords
        self._password_known = False
        """Whether the client has given the password of the server."""

    @property
    def limits(self) -> ConversationLimits:
        """The limits of the server now."""
        return self._guest.limits.conversation

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the client still has to be asked for."""
        asked = []
        if self.limits.password is not None and not self._password_known:
            asked.append(Question.SERVER_PASSWORD)
        owner = self._owner
        company = self._guest.authenticator.command is not None
        if owner is not None:
            if not self.account and (self._with_passwords or owner.external):
                asked.append(Question.PROOF)
        elif self.limits.names == "members" and self._checked_name:
            if company:
                asked.append(Question.PROOF)
            elif self._guest.proven_key:
                asked.append(Question.INVITATION)
            elif self._with_passwords:
                asked += (Question.INVITATION, Question.NEW_PASSWORD)
        return tuple(asked)

    @property
    def instruction(self) -> str:
        """Why the client is asked: a sentence, or ""."""
        owner = self._owner
        if Question.PROOF not in self.questions or owner is None:
            return ""
        return f"{owner.name} is owned by somebody; prove that it is yours."

    @property
    def takes_password(self) -> bool:
        """Whether one password, or any, is all that the client has to be asked for."""
        return self.questions in ((), (Question.SERVER_PASSWORD,), (Question.PROOF,))

    def prove_key(self, key: str) -> Outcome:
        """Record that the client has signed with `key`, a line as in authorized_keys."""
        owner = self._owner
        if owner is not None:
            has = [_is_key(proof.kind, proof.value, key) for proof in owner.proofs]
            if not any(has):
                return Outcome.REFUSED
            self.account = owner.number
        self._guest.proven_key = key
        return self._outcome()

    def answer(
        self,
        questions: tuple[Question, ...],
        answers: list[str],
        done: Callable[[Outcome], None],
    ) -> None:
        """Call `done` with what the `answers` to `questions` lead to, which may take a while."""
        given = dict(zip(questions, answers, strict=False))
        if not questions:
            done(self._outcome())
        elif len(given) != len(questions):
            done(Outcome.REFUSED)
        elif Question.SERVER_PASSWORD in given:
            self._verify_server_password(given.pop(Question.SERVER_PASSWORD), given, done)
        else:
            self._prove(given, done)

    def _verify_server_password(
        self, password: str, others: dict[Question, str], done: Callable[[Outcome], None]
    ) -> None:
        required = self.limits.password

        def verified(matches: bool) -> None:
            self._password_known = matches
            if matches:
                self._prove(others, done)
            else:
                done(Outcome.REFUSED)

        self._guest.verify_password(
            lambda: required is None or required.matches(password), verified
        )

    def _prove(self, given: dict[Question, str], done: Callable[[Outcome], None]) -> None:
        request: Auth | Own | None = None
        if (password := given.get(Question.PROOF)) is not None:
            request = Auth(method="password", password=password[:512])
        elif (invitation := given.get(Question.INVITATION)) is not None:
            request = Own(
                ssh=self._guest.proven_key or None,
                password=given.get(Question.NEW_PASSWORD),
                invitation=invitation[:512],
            )
        if request is None:
            done(self._outcome())
            return

        def proved(result: object) -> None:
            if isinstance(result, int):
                self.account = result
                done(self._outcome())
            else:
                done(Outcome.REFUSED)

        hello = Hello(self.name)
        proof = NameProof(self._chat, self._guest, self.limits, hello, self._checked_name)
        proof.verify(request, proved, lambda _: None)

    def _outcome(self) -> Outcome:
        return Outcome.MORE if self.questions else Outcome.ACCEPTED

    @property
    def _checked_name(self) -> str:
        """The name as it would be in the chat; "" if it is none."""
        try:
            return check_name(self.name)
        except BadNameError:
            return ""

    @property
    def _owner(self) -> Account | None:
        name = self._checked_name
        return self._chat.state.owner(name) if name else None


def _is_key(kind: str, value: str, key: str) -> bool:
    return hmac.compare_digest(f"{kind} {value}".encode(), f"ssh {key}".encode())
