"""The dialogue from the connection to the welcome: the name, the secrets and the proofs.

A name that is owned needs a proof: first the key for this server is tried, then the password. No
password is sent that others could read on the way. Where only members come in, a name that nobody
owns needs an invitation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netchat.client.conversation.interfaces import SecretKind
from netchat.client.conversation.login import Position, Target, login_requests
from netchat.client.conversation.server_link import ServerLink
from netchat.client.identity.interfaces import Key, KeyProblemError
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import AuthStep, Challenge
from netchat.model.folding import fold
from netchat.model.requests import Request
from netchat.model.state_requests import Auth, Own

# Proofs and words are imported when they are needed: they load OpenSSL, and most guests prove
# nothing.
if TYPE_CHECKING:
    from netchat.client.conversation.proofs import ScramProof

_MEMBERS_ONLY = "Only members come in here, and nobody owns {}; give an invitation with {}."
_BAD_INVITATION = "That is not a valid invitation for {}; give another one with {}."
_UNBOUND = (
    "Your key for {} is not used, because the TLS ends somewhere in between, where others could "
    "log in with it: connect to the TLS of netchat itself, or to wss://."
)
_OTHER_NAME = (
    "The server at {} asks for a proof of another name, {}, so it may be another one; check the "
    "address."
)
_INVITE = "--invite WORD"


class LoginDialogue:
    """Logs in as `target` says, over one connection after the other."""

    __slots__ = (
        "_after_welcome",
        "_challenge",
        "_last_method",
        "_name",
        "_password_accepted",
        "_problem",
        "_scram",
        "_target",
        "used_invitation",
    )

    def __init__(self, target: Target) -> None:
        self.used_invitation = False
        """Whether this login makes the user a member, by an invitation."""
        self._target = target
        self._name = ""
        self._password_accepted = False
        self._challenge: Challenge | None = None
        self._scram: ScramProof | None = None
        self._last_method = ""
        self._problem = ""
        """Why the last proof, or the key, is of no use: a sentence, "" if it may be."""
        self._after_welcome: list[Request] = []

    def begin(self, link: ServerLink, name: str, at: Position) -> None:
        """Send the hello of `name` over the new connection `link`; `at` is where they were."""
        self._challenge = self._scram = None
        self._last_method = self._problem = ""
        self.used_invitation = False
        self._name = name
        first, *self._after_welcome = login_requests(self._target, name, at)
        link.send(first)

    def set_secret(self, kind: SecretKind, secret: str) -> None:
        """Log in with `secret` from now on."""
        changed: dict[str, Any] = {kind: secret}
        self._target = replace(self._target, **changed)
        if kind == "password":
            self._password_accepted = False

    def refuse(self, error: wire.Error, link: ServerLink, name: str) -> None:
        """Answer `error`, which the server sends to `name` instead of a welcome."""
        if error.code == "bad-password":
            link.secret_required(self._password_problem(), "password")
        elif error.code == "auth-required" and isinstance(error.challenge, Challenge):
            if not self._is_own_name(error.challenge.name):
                link.give_up(_OTHER_NAME.format(link.channel.address, error.challenge.name))
                return
            self._challenge = error.challenge
            self._prove(error.challenge, link)
        elif error.code == "bad-auth" and self._challenge is not None:
            self._handle_refused_proof(self._challenge, link)
        elif error.code == "bad-invitation":
            self._become_member(link, name)
        else:
            link.login_refused(error)

    def step(self, step: AuthStep, link: ServerLink) -> None:
        """Answer the server's message of a SCRAM exchange."""
        if self._scram is None:
            return
        from netchat.client.conversation.proofs import UnprovedServerError

        try:
            answer = self._scram.answer(step.data)
        except UnprovedServerError:
            self._give_up(link)
            return
        if answer is not None:
            link.send(answer)

    def accept(self, link: ServerLink) -> bool:
        """Go on after the welcome; return False if the connection is given up instead.

        A server that has not answered a proof by SCRAM with its own may be another server.
        """
        if self._scram is not None and not self._scram.server_proved:
            self._give_up(link)
            return False
        self._password_accepted = True
        self._target = replace(self._target, invitation="")
        for request in self._after_welcome:
            link.send(request)
        return True

    def _is_own_name(self, name: str) -> bool:
        """Return whether `name` is the one of the hello, perhaps written in another way.

        Who is in between could else come in as another account of the same user.
        """
        if fold(name) == fold(self._name):
            return True
        # Imported here because it loads a large table, and most users write their name as always.
        from netchat.model.names import equivalent

        return equivalent(name, self._name)

    def _prove(self, challenge: Challenge, link: ServerLink) -> None:
        key = None if self._last_method else self._usable_key(challenge, link)
        password = self._target.account_password
        if key is not None:
            from netchat.client.conversation.proofs import key_proof

            self._last_method = "key"
            bound = _must_be_bound(challenge, link)
            exporter = link.channel.exporter() if bound else ""
            link.send(key_proof(challenge, key, str(self._target.client_id), exporter))
        elif not password:
            link.secret_required(self._wanted(challenge, link), "account_password")
        elif _is_word(password) or _takes_password(challenge, link):
            self._send_password(challenge, link, password)
        else:
            self.set_secret("account_password", "")
            link.secret_required(self._unsafe(challenge, link), "account_password")

    def _usable_key(self, challenge: Challenge, link: ServerLink) -> Key | None:
        if self._target.keys is None or "key" not in challenge.methods:
            return None
        try:
            key = self._target.keys.find(challenge.journal)
        except KeyProblemError as problem:
            self._problem = str(problem)
            return None
        if key is None or not key.is_for(challenge.name):
            return None
        if _must_be_bound(challenge, link) and not (challenge.binding and link.channel.exporter()):
            self._problem = _UNBOUND.format(link.channel.address)
            return None
        return key

    def _send_password(self, challenge: Challenge, link: ServerLink, password: str) -> None:
        self._last_method = "password"
        # A one-time word of an operator is a secret of the server's, and sent as it is.
        if "scram" not in challenge.methods or _is_word(password):
            link.send(Auth(method="password", password=password))
            return
        from netchat.client.conversation.proofs import ScramProof

        try:
            self._scram = ScramProof(challenge.name, password)
        except ValueError:
            self._handle_refused_proof(challenge, link)
        else:
            link.send(self._scram.begin())

    def _handle_refused_proof(self, challenge: Challenge, link: ServerLink) -> None:
        if self._last_method == "key":
            self._problem = (
                f"The server does not take the key of this device for {challenge.name} any more: "
                "prove it otherwise, and type /own to add the key again."
            )
        else:
            self._scram = None
            self.set_secret("account_password", "")
            self._problem = f"That is not the password of {challenge.name}."
        self._prove(challenge, link)

    def _become_member(self, link: ServerLink, name: str) -> None:
        """Own `name` by the invitation, with the key for this server, which is made if needed."""
        invitation, keys = self._target.invitation, self._target.keys
        if not invitation or self.used_invitation:
            why = _BAD_INVITATION if self.used_invitation else _MEMBERS_ONLY
            link.secret_required(why.format(name, _INVITE), "invitation")
            return
        self.used_invitation = True
        try:
            key = keys.make("") if keys is not None else None
        except KeyProblemError as problem:
            link.give_up(str(problem))
            return
        if key is None:
            link.give_up("There is no directory to keep a key in: set the HOME of this user.")
            return
        label = self._target.device or None
        link.send(Own(key=key.public, label=label, invitation=invitation))

    def _wanted(self, challenge: Challenge, link: ServerLink) -> str:
        why = self._problem or f"The name {challenge.name} is owned by somebody."
        if not (self._problem or _takes_password(challenge, link)):
            return self._unsafe(challenge, link)
        give = "give its password with --account-password-file FILE, or take another name"
        return f"{why.removesuffix('.')}; {give}."

    def _unsafe(self, challenge: Challenge, link: ServerLink) -> str:
        return (
            f"The name {challenge.name} is owned by somebody, and others could read its password "
            f"on the way to {link.channel.address}: connect with TLS (--tls, or wss://), or give a "
            "one-time word of an operator; --account-password-file FILE takes that."
        )

    def _password_problem(self) -> str:
        given = bool(self._target.password)
        if self._password_accepted:
            wanted = "another" if given else "a"
            return f"The server wants {wanted} password now; join again with it."
        if given:
            return "That is not the password of the server; ask for the right one."
        return "The server wants a password; give it with --password-file FILE."

    def _give_up(self, link: ServerLink) -> None:
        link.give_up(
            f"The server at {link.channel.address} has not proved that it knows your password, so "
            "it may be another one; check the address."
        )


def _must_be_bound(challenge: Challenge, link: ServerLink) -> bool:
    """Return whether a signature has to cover the TLS connection.

    Over TLS to a line door the challenge cannot say that it need not: who is in between may have
    got it from the server's door without TLS.
    """
    return bool(challenge.binding) or link.channel.is_to_line_door


def _takes_password(challenge: Challenge, link: ServerLink) -> bool:
    """Return whether the password can be proved without telling it to others on the way."""
    methods = challenge.methods
    return "scram" in methods or ("password" in methods and link.channel.is_secret)


def _is_word(password: str) -> bool:
    """Return whether `password` is a one-time word of an operator."""
    from netchat.accounts.words import is_word

    return is_word(password)
