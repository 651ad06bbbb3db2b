"""The sessions of an account: the list that its owner is shown, and how they are ended."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.room import Participant
from netchat.model.disconnects import SESSION_ENDED
from netchat.model.events import Closing
from netchat.model.notices import DeviceInfo
from netchat.state.changes import Actor


def list_devices(chat: Chat, reader: Participant) -> tuple[DeviceInfo, ...]:
    """Return the sessions of the account of `reader`, in the order of their logins."""
    now = chat.time()
    return tuple(
        DeviceInfo(
            chat.presence.device_id(who),
            device.agent,
            who.connection.door,
            now - who.connection.online,
            who is reader,
        )
        for who, device in chat.participants.sessions(reader.account).items()
    )


def end_sessions(  # noqa: PLR0913 - a call names what it means
    chat: Chat,
    account: int,
    by: Actor,
    closing: Closing = SESSION_ENDED,
    *,
    keep: Participant | None = None,
    device: str = "",
) -> int:
    """End the sessions of `account`, except `keep`, as `by` wants; return how many these were.

    With a `device`, which is an id of `list_devices`, only that one is ended.
    """
    ended = [
        who
        for who in chat.participants.of_account(account)
        if who is not keep and device in ("", chat.presence.device_id(who))
    ]
    for who in ended:
        chat.presence.end_session(who, by, closing)
    return len(ended)
