"""What a frontend can ask for, of the guest and of the channel below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.disconnects import BYE

if TYPE_CHECKING:
    from collections.abc import Collection

    from twisted.internet.interfaces import IReactorTime

    from netchat.chat.chat import Chat
    from netchat.doors.ssh.channel_transport import ChannelTransport
    from netchat.doors.ssh.guest import SshGuest


class SessionLink:
    """The `Link` of the session of `guest`, who logs in to `chat` as `name`."""

    def __init__(
        self,
        guest: SshGuest,
        carrier: ChannelTransport,
        name: str,
        clock: IReactorTime,
        chat: Chat,
    ) -> None:
        self.name = name
        self.clock = clock
        self.now = chat.time
        self._chat = chat
        self._guest = guest
        self._carrier = carrier

    @property
    def owns_key(self) -> bool:
        """Whether the client has proved that it has an SSH key."""
        return bool(self._guest.ssh_key)

    def people(self, room: str) -> Collection[str]:
        """Return who is in `room`; nobody unless the client is in it, too."""
        who, found = self._guest.session.participant, self._chat.rooms.find(room)
        return found.names if found is not None and who in found.members else ()

    def write(self, data: bytes) -> None:
        """Send `data` to the client."""
        self._carrier.send(data)

    def write_error(self, data: bytes) -> None:
        """Send `data` to the client, for its stderr."""
        self._carrier.send_error(data)

    def send(self, lines: bytes) -> None:
        """Pass whole `lines` to the session."""
        self._guest.receive_lines(lines)

    def end_input(self) -> None:
        """Leave the chat behind the last line that was sent."""
        self._guest.readConnectionLost()

    def pause_input(self) -> None:
        """Take nothing from the client for now."""
        self._carrier.input.pause("frontend")

    def resume_input(self) -> None:
        """Take what the client sends again."""
        self._carrier.input.resume("frontend")

    def close(self, status: int = 0) -> None:
        """Leave the chat, and close with the exit code `status`."""
        self._carrier.status = status
        self._guest.session.leave(BYE)
