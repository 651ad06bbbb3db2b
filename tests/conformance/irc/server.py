"""`twistd` as irctest expects it: its name, and accounts whose passwords are as short as `bar`."""

import socket

NAME = "My.Little.Server"

if __name__ == "__main__":
    # Before netchat is imported, which takes the name of the machine.
    socket.gethostname = lambda: NAME

    from twisted.scripts.twistd import run

    from netchat.accounts import passwords

    vars(passwords).update(MIN_PASSWORD=1, MAX_PASSWORD=400)
    run()
