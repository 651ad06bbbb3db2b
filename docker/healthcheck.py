#!/opt/netchat/bin/python -I
"""The health check of the image: `netchat health`, in a container that runs the server.

A container of the image may run the client or any other command. There is no server in it to check,
so it is healthy as long as it runs.
"""

import re
import sys
from pathlib import Path

ENTRYPOINT = "entrypoint"
_SERVER = re.compile(r"(?:^|[\s/])twistd?(?:\s|$)")


def runs_server(command: list[str]) -> bool:
    """Return whether process 1, started by `command`, is or has started the server.

    With `docker run --init`, process 1 is another one that starts the entry point.
    """
    names = [part.rpartition("/")[2] for part in command]
    if ENTRYPOINT in names:
        command = command[names.index(ENTRYPOINT) + 1 :]
        if not command or command[0].startswith("-"):
            return True
    # The client may be given any text, and a shell may be given the server's command as a text.
    is_client = "netchat" in [part.rpartition("/")[2] for part in command[:2]]
    return not is_client and any(map(_SERVER.search, command))


def main() -> int:
    """Return 0 if the container is healthy, 1 if not."""
    try:
        command = Path("/proc/1/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        command = [ENTRYPOINT]
    if not runs_server([part for part in command if part]):
        return 0
    from netchat.client.cli import health

    return health.main([])


if __name__ == "__main__":
    sys.exit(main())
