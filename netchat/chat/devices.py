"""The sessions of an account: the list that its owner is shown, and how they are ended."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.room import Participant
from netchat.model.disconnects import SESSION_ENDED
from netchat.model.notices import DeviceInfo


def list_devices(chat: Chat, reader: Participant) -> tuple[DeviceInfo, ...]:
    """Return the sessions of the account of `reader`, in the order of their logins."""
    now = chat.time()
    return tuple(
        DeviceInfo(
            device.id,
            device.agent,
            who.connection.door,
            now - who.connection.online,
            who is reader,
        )
        for who, device in chat.participants.sessions(reader.account).items()
    )


def end_sessions(
    chat: Chat, account: int, *, keep: Participant | None = None, device: str = ""
) -> int:
    """End the sessions of `account`, except `keep`; return how many these were.

    With a `device`, which is an id of `list_devices`, only that one is ended.
    """
    return chat.participants.end(account, SESSION_ENDED, keep=keep, device=device)
