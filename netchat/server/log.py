"""Where the log goes: the file or stream that twistd's or twist's options choose.

Their own files are replaced by files that can be opened again, and of which only some are kept.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twisted.logger import textFileLogObserver

from netchat.observability.json_log import json_observer
from netchat.observability.log_file import ReopenableLogFile, is_log_file
from netchat.server.start_error import StartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from twisted.logger import FileLogObserver

    from netchat.server.privileges import User


class ServerLog:
    """The log of a server that `runner` starts, which is twistd's or twist's options.

    `as_json` chooses the format, `keep` is how many rotated files are kept (0: no rotation), and
    `user` the user to whom the file is given.
    """

    def __init__(self, runner: Any, *, as_json: bool, keep: int, user: User | None) -> None:
        self._runner = runner
        self._as_json = as_json
        self._keep = keep
        self._owner = (user.uid, user.gid) if user else None
        self._file: ReopenableLogFile | None = None

    def reopen(self) -> None:
        """Open the file again, if the log goes to one."""
        if self._file is not None:
            self._file.reopen()

    def observer(self) -> Callable[[], FileLogObserver] | None:
        """Configure twist; for twistd, return what makes its observer, None for its own one.

        StartError if the log file cannot be opened.
        """
        runner = self._runner
        if runner is None:
            return None
        if "fileLogObserverFactory" in runner:
            self._configure_twist(runner)
            return None
        path = runner.get("logfile")
        if runner.get("syslog") and not self._as_json:
            return None
        if path == "-" or (not path and runner.get("nodaemon")):
            # For a daemon twistd has a sentence.
            to_stdout = self._as_json and runner.get("nodaemon")
            return (lambda: json_observer(sys.stdout)) if to_stdout else None
        path = path or "twistd.log"
        if not is_log_file(path):
            return (
                (lambda: self._make(open(path, "a", encoding="utf-8"))) if self._as_json else None
            )
        file = self._open(path)
        return lambda: self._make(file)

    def _configure_twist(self, runner: Any) -> None:
        make = json_observer if self._as_json else runner["fileLogObserverFactory"]
        stream = runner["logFile"]
        path = getattr(stream, "name", None)
        if stream not in (sys.stdout, sys.stderr) and isinstance(path, str) and is_log_file(path):
            file = self._open(path)
            runner["fileLogObserverFactory"] = lambda _: make(file)
        else:
            runner["fileLogObserverFactory"] = make

    def _open(self, path: str) -> Any:
        try:
            self._file = ReopenableLogFile(path, self._keep, self._owner)
        except OSError as error:
            raise StartError(
                f"the log file {path} cannot be opened: {error.strerror}; give another --logfile"
            ) from error
        return self._file

    def _make(self, file: IO[Any]) -> FileLogObserver:
        return json_observer(file) if self._as_json else textFileLogObserver(file)
