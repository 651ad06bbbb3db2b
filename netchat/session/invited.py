"""The login of somebody who owns no name yet, where only owners come in: by an invitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.chat.changes import change_as
from netchat.model.events import Event, Refused
from netchat.model.names import match_keys
from netchat.session.proof_request import invitation_hash, make_proof
from netchat.state.changes import Actor, Changed, OwnName
from netchat.state.records import Proof

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.model.state_requests import Own
    from netchat.session.interfaces import Connection

BAD_INVITATION = "That is not a valid invitation; ask an operator for one."


def come_by_invitation(  # noqa: PLR0913 - a login has as many properties
    chat: Chat,
    connection: Connection,
    request: Own,
    done: Callable[[int | Refused], None],
    *,
    name: str,
    client: str,
    password_allowed: bool,
) -> None:
    """Make `name` an account as `request` says, and call `done` with its number or the refusal.

    `client` is the fingerprint of the client. Invitations are tried at the pace of passwords.
    """
    invitation = invitation_hash(request)

    def is_known(answer: Callable[[bool], None]) -> None:
        answer(chat.state.invitation(invitation) is not None)

    def checked(known: bool) -> None:
        if known:
            make_proof(
                connection.authenticator,
                request,
                made,
                maker=connection.throttle_key,
                password_allowed=password_allowed,
            )
        else:
            done(request.refuse("bad-invitation", BAD_INVITATION))

    def made(proof: Proof | Refused) -> None:
        if isinstance(proof, Refused):
            done(proof)
            return
        what = OwnName(name, proof, client, invitation, invited=True)
        change_as(chat, Actor(name), what, owned)

    def owned(result: Event) -> None:
        if isinstance(result, Changed):
            done(result.number)
        elif isinstance(result, Refused):
            done(request.refuse(result.code, result.message))

    connection.verify_for(match_keys(name)[0], "", is_known, checked)
