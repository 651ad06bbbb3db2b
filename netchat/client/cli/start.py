"""Start the client on a terminal: the first question is painted before anything large is imported.

Importing Twisted and prompt_toolkit takes most of the time of the start. Until that is done, the
terminal echoes nothing, and keeps what is typed for the line editor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from netchat.client.cli.descriptors import keys_kept
from netchat.client.cli.light_imports import light_imports
from netchat.client.cli.options import Options
from netchat.client.frontends.first_question import hand_over, paint_question
from netchat.client.settings.settings import Settings
from netchat.client.settings.settings_file import SettingsFile
from netchat.model.state_directory import state_directory
from netchat.model.words import is_single_word


def start_on_terminal(options: Options) -> int:
    """Run the client that `options` describe on this terminal; return the exit code."""
    settings = Settings(SettingsFile.of_user())
    with keys_kept():
        _print_problems(settings.problems)
        suggestion = "" if options.name else suggest_name(options, settings)
        if not options.name:
            paint_question(suggestion)
        with light_imports(tls=options.tls):
            _import_all()
        from netchat.client.cli import run

        if not options.name:
            hand_over()
        return run.run_terminal(options, settings, suggestion)


def suggest_name(options: Options, settings: Settings) -> str:
    """Return the name to suggest: one that is the user's own at the server, or else theirs here.

    It is "" if there is none.
    """
    return next(filter(is_single_word, [*_own_names(options), settings.current.name, _login()]), "")


def _import_all() -> None:
    """Import what the client needs on a terminal, and install the reactor."""
    import asyncio

    from twisted.internet import asyncioreactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    import netchat.client.cli.run
    import netchat.client.connection.connect
    import netchat.client.frontends.terminal  # noqa: F401


def _own_names(options: Options) -> Sequence[str]:
    directory = state_directory()
    if directory is None:
        return ()
    from netchat.client.identity.key_file import KeyFile

    # The name that was made the user's own last is the one that they use.
    return KeyFile(directory, str(options.address)).names()[::-1]


def _login() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or ""


def _print_problems(problems: Sequence[str]) -> None:
    for problem in problems:
        print(f"! {problem}")
