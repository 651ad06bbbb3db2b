"""The way of a client of IRC into the chat, once it has said who it is.

The password of the server comes first (PASS), then the proof that the nick is the client's own if
somebody owns it (SASL, or PASS), then the nick, and then the pace at which the address may join.
Sources: RFC 2812 section 3.1, https://modern.ircdocs.horse/#connection-registration.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netchat.chat.actions import BannedError
from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.replies import Personal
from netchat.model.disconnects import LOGIN_TRIES, PASSWORD_TRIES, storage_failure
from netchat.model.events import Refused
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth
from netchat.session.irc.client import IrcClient
from netchat.session.irc.executor import IrcExecutor
from netchat.session.proof_request import NOT_CONFIDENTIAL, can_use_password, directions
from netchat.session.proving import MEMBERS_ONLY, NameProof
from netchat.session.state import State

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.dialects.irc.dialect import SharedDialects
    from netchat.dialects.irc.user import User
    from netchat.model.limits import Limits
    from netchat.model.notices import AuthStep
    from netchat.session.interfaces import Connection, Entrant
    from netchat.session.irc.answers import Answers

OWNED = "{} is owned by somebody"
LOG_IN = "If {0} is yours, log in with SASL, or with PASS {0}:PASSWORD; or take another nick."


class Registration:
    """Takes the client that is `user` into the chat, for `session`."""

    __slots__ = ("_answers", "_chat", "_connection", "_dialects", "_has_server_password",
                 "_session", "_tries", "_user", "limits")  # fmt: skip

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        session: Entrant,
        chat: Chat,
        connection: Connection,
        *,
        limits: Limits,
        dialects: SharedDialects,
        user: User,
        answers: Answers,
    ) -> None:
        self._session = session
        self._chat = chat
        self._connection = connection
        self.limits = limits
        self._dialects = dialects
        self._user = user
        self._answers = answers
        self._tries = 0
        self._has_server_password = False

    @property
    def is_complete(self) -> bool:
        """Whether the client has said all that it has to say."""
        user = self._user
        return bool(user.nick and user.user and not user.negotiating)

    def begin(self) -> None:
        """Register the client."""
        password, given = self.limits.conversation.password, self._user.passwords[:1]
        if password is None or self._has_server_password:
            self._identify()
            return
        # Clients that know one password for a server send it behind the name of their user.
        tried = [text for word in given for text in (word, word.partition(":")[2]) if text]

        def matches() -> bool:
            return any(map(password.matches, tried or [""]))

        self.wait()
        self._connection.verify_password(matches, self._password_verified)
        self.pause_if_waiting()

    def count_try(self) -> None:
        """Count a refusal, and disconnect the client after too many."""
        self._tries += 1
        if 0 < self.limits.conversation.login_tries <= self._tries:
            self._session.close(LOGIN_TRIES)

    def wait(self) -> None:
        """Take no lines until `resume`."""
        self._session.state = State.WAITING

    def pause_if_waiting(self) -> None:
        """Read no more, unless the client does not wait any more."""
        if self._session.state is State.WAITING:
            self._connection.pause_reading()

    def resume(self) -> bool:
        """Take lines again; return whether the client still waits for the result."""
        if self._session.state is not State.WAITING:
            return False
        self._session.state = State.LOGIN
        self._connection.resume_reading()
        return True

    def _password_verified(self, matches: bool) -> None:
        if not self.resume():
            return
        if matches:
            self._has_server_password, self._user.passwords = True, self._user.passwords[1:]
            self._identify()
        else:
            self._connection.count_refusal("bad-password")
            self._answers.reply("464", "Password incorrect; send the server's with PASS")
            self._session.close(PASSWORD_TRIES)

    def _identify(self) -> None:
        """Ask for a proof if the nick is owned, or if only owners may come in; else join."""
        user, members_only = self._user, self.limits.conversation.names == "members"
        needs_proof = members_only or self._chat.state.owner(user.nick) is not None
        if user.account:
            self._admit(user.account_name, user.account)
        elif (given := self._given_account(needs_proof=needs_proof)) is not None:
            self._prove(*given)
        elif needs_proof:
            self._require_proof(user.nick)
        else:
            self._admit(user.nick, 0)

    def _given_account(self, *, needs_proof: bool) -> tuple[str, str] | None:
        """Return the account and the password that a PASS of the client is for, if it is."""
        for password in self._user.passwords:
            name, colon, rest = password.partition(":")
            if colon and self._chat.state.owner(name) is not None:
                return name, rest
            if needs_proof:
                return self._user.nick, password
        return None

    def _prove(self, name: str, password: str) -> None:
        self._user.passwords = ()
        conversation = self.limits.conversation
        proof = NameProof(self._chat, self._connection, conversation, Hello(name=name), name)
        self.wait()
        request = Auth(method="password", password=password)
        proof.verify(request, partial(self._proved, proof), lambda _: None)
        self.pause_if_waiting()

    def _proved(self, proof: NameProof, result: int | AuthStep | Refused) -> None:
        if not self.resume():
            return
        if isinstance(result, int):
            self._admit(proof.name, result)
        else:
            message = result.message if isinstance(result, Refused) else ""
            self._answers.reply("464", message)
            self._require_proof(self._user.nick)

    def _require_proof(self, nick: str) -> None:
        """Refuse a nick that is somebody's, and say how to prove that it is the client's."""
        conversation = self.limits.conversation
        proof = NameProof(self._chat, self._connection, conversation, Hello(name=nick), nick)
        if proof.needs_invitation:
            self._answers.note("NICK", "ACCOUNT_REQUIRED", nick, MEMBERS_ONLY.format(nick))
        elif not can_use_password(self._connection, plain_passwords=conversation.plain_passwords):
            where = directions(self._connection.authenticator)
            sentence = NOT_CONFIDENTIAL.format(where)
            self._answers.note("NICK", "ACCOUNT_REQUIRED", nick, sentence)
        else:
            self._answers.note("NICK", "ACCOUNT_REQUIRED", nick, LOG_IN.format(nick))
        self._refuse_nick("433", OWNED.format(nick), "auth-required")

    def _admit(self, name: str, account: int) -> None:
        hello = Hello(name=name, rooms=(), agent="IRC" if account else None)
        self.wait()
        self._connection.admit(partial(self._join, hello, account))
        self.pause_if_waiting()

    def _join(self, hello: Hello, account: int) -> bool:
        if self._session.state is not State.WAITING:
            return False
        try:
            self._session.register(hello, account, self._make_client, self._registered)
        except BannedError as error:
            if self.resume():
                self._answers.reply("465", error.closing.message)
                self._session.close(error.closing)
            return False
        except RefusedError as error:
            self._registered(Refused(error.code, error.message))
            return False
        return True

    def _registered(self, refused: Refused | None) -> None:
        if not self.resume() or refused is None:
            return
        if refused.code == "storage":
            self._session.close(storage_failure(refused.message))
        else:
            number = "432" if refused.code == "bad-name" else "433"
            self._refuse_nick(number, refused.message, refused.code)

    def _make_client(self, who: Participant, limits: Limits) -> IrcExecutor:
        user, personal = self._user, self._answers.personal
        if user.nick != who.name:
            # The name is that of the account, as its owner writes it.
            source = self._dialects.view.source(user.nick)
            line = personal.dialect.writer.from_source(source, "NICK", who.name)
            self._answers.write_line(line)
        user.registered(who.name)
        client = IrcClient(
            self._session,
            self._chat,
            who,
            connection=self._connection,
            limits=limits,
            dialects=self._dialects,
            personal=Personal(personal.dialect, user, who),
            user=user,
        )
        self._session.personal = client.personal
        return IrcExecutor(client)

    def _refuse_nick(self, number: str, message: str, code: str) -> None:
        nick, self._user.nick = self._user.nick, ""
        self._connection.count_refusal(code)
        self._answers.reply(number, nick, message)
        self.count_try()
