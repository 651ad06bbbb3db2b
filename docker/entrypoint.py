#!/opt/netchat/bin/python -I
"""What a container of the image runs.

`docker run netchat` is the server, and `docker run netchat --motd FILE` the server with an option.
Arguments that do not begin with a dash are a command, such as `netchat HOST` for the client.
"""

import os
import sys

SERVER = ("twistd", "--nodaemon", "--pidfile=", "netchat")


def main() -> None:
    """Become the server, or the command in the arguments."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0].startswith("-"):
        # In this process: the next one would need a moment before it can be stopped (see pid1.pth).
        from twisted.scripts.twistd import run

        sys.argv = [*SERVER, *arguments]
        sys.exit(run())
    try:
        os.execvp(arguments[0], arguments)  # noqa: S606  # a shell is what it is not to need
    except OSError as error:
        sys.exit(f"netchat: {arguments[0]} cannot be run in this image: {error.strerror}")


if __name__ == "__main__":
    main()
