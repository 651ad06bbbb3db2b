"""The SSH door, as the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from netchat.server.start_error import StartError

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.doors.ssh.factory import SshFactory
    from netchat.server.options import Options

_log = Logger()


def ssh_door(chat: Chat, connections: Connections, options: Options) -> SshFactory | None:
    """Return the SSH door; None if no client can come in by it.

    Without the packages of the extra `ssh` that is so; a StartError if --ssh asks for them.
    """
    if options["no-ssh"] and not options["ssh"]:
        return None
    try:
        from netchat.doors.ssh.factory import SshFactory
    except ImportError as error:
        if options["ssh"] or options["ssh-passwords"]:
            raise StartError(
                f"SSH needs {error.name}; install netchat with its extra `ssh`, as in"
                " pip install '.[ssh]'"
            ) from error
        return None
    return SshFactory(chat, connections, with_passwords=options["ssh-passwords"])


class HostKeyLoader:
    """Loads the host key from `directory`, or makes it there, when the server has started.

    The journal is locked by then, and the process acts as the user whom its files belong to.
    """

    def __init__(self, door: SshFactory, directory: Path | None) -> None:
        self._door = door
        self._directory = directory

    def start(self) -> None:
        """Load the host key; StartError if that is impossible."""
        from netchat.doors.ssh.host_key import HostKeyError, fingerprint, load_host_key

        try:
            key = load_host_key(self._directory)
        except HostKeyError as error:
            raise StartError(str(error)) from error
        self._door.host_key = key
        _log.info("SSH clients are shown the host key {key}", key=fingerprint(key))

    def stop(self) -> None:
        """Make no key exchange that waits."""
        self._door.key_exchanges.stop()
