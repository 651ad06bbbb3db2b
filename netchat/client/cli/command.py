"""The `netchat` command: a prompt on a terminal, plain lines in a pipe.

Exit codes: 0 success; 1 the server could not be reached, or did not store everything; 2 the command
line is wrong. Each error is one sentence on stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from netchat.client.cli.options import parse_options, parse_say, parse_tail
from netchat.commandline.output import Output
from netchat.commandline.stderr import print_error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client with the arguments `argv` (None: the process's); return the exit code."""
    return Output().close(_run(sys.argv[1:] if argv is None else argv))


def _run(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["health"]:
        from netchat.client.cli import health

        return health.main(arguments[1:])
    if arguments[:1] == ["say"]:
        return _say(arguments[1:])
    if arguments[:1] == ["tail"]:
        return _tail(arguments[1:])
    options = parse_options(arguments)
    if not options.name and not _is_tty(0):
        print_error("netchat: There is no terminal to ask for a name; give one with --name NAME.")
        return 2
    # Imported here because `--help` and wrong options need none of them.
    if _has_terminal() and not options.plain:
        from netchat.client.cli.start import start_on_terminal

        return start_on_terminal(options)
    from netchat.client.cli import run

    return run.run_pipe(options)


def _say(arguments: Sequence[str]) -> int:
    options = parse_say(arguments)
    from netchat.client.cli import run

    return run.run_say(options)


def _tail(arguments: Sequence[str]) -> int:
    options = parse_tail(arguments)
    from netchat.client.cli import run

    return run.run_tail(options)


def _has_terminal() -> bool:
    return _is_tty(0) and _is_tty(1) and os.environ.get("TERM", "dumb") != "dumb"


def _is_tty(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
