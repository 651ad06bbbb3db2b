"""What a running server takes over when its options are read again, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger
from twisted.python.usage import UsageError

from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from netchat.server.options import Options
    from netchat.server.service import ChatService

_log = Logger()


def reload(service: ChatService, options: Options) -> None:
    """Read the files of `options` again and apply them to `service`; no client is disconnected.

    An error in them is logged, and the options stay as they were.
    """
    try:
        now = options.reread()
    except UsageError as error:
        _log.warn("The options stay as they were: {why}", why=str(error))
    else:
        service.factory.connections.apply_limits(now.limits)
        _log.info("The options have been read again")
        _log_restart_needed(options, now)
        for path in options.files.kept:
            _log.warn("{path} can be read only once; it stays as it was", path=path)
    service.renew_certificates()


def _log_restart_needed(options: Options, now: Options) -> None:
    if stale := _stale(options, now):
        _log.warn("A restart is needed for {names}", names=stale)


def _stale(options: Options, now: Options) -> str:
    fixed = [name for name, setting in SETTINGS.items() if setting.at_start]
    return ", ".join(f"--{name}" for name in fixed if options[name] != now[name])


def options_problem(options: Options) -> str:
    """Return what a restart would not take, or take only then; "" if nothing has changed."""
    try:
        stale = _stale(options, options.reread())
    except UsageError as error:
        return str(error)
    return f"A restart is needed for {stale}." if stale else ""
