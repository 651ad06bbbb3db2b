"""The log as JSON, one object a line, for programs that collect logs.

Each object has `time` (RFC 3339, UTC, milliseconds), `level`, `namespace` and `message`; then the
event's own fields, such as `peer` and `name`, if they are texts, numbers or booleans, and
`traceback` if the event has a failure. (Twisted's own JSON observer writes events in a form that
only Twisted reads.)
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import msgspec
from twisted.logger import FileLogObserver, LogLevel, formatEvent

from netchat.model.sanitize import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.logger import LogEvent

_OURS = ("time", "level", "namespace", "message", "traceback")
_TWISTED = ("isError", "system", "format", "printed", "why", "failure")
_LONGEST_NUMBER = 2**63


def json_observer(file: IO[Any]) -> FileLogObserver:
    """Return an observer that writes each event to `file` as a line of JSON."""
    return FileLogObserver(file, json_line)


def json_line(event: LogEvent) -> str:
    """Return `event` as a line of JSON with its line end, with every control character escaped."""
    fields: dict[str, Any] = {
        "time": _time(event.get("log_time")),
        "level": getattr(event.get("log_level"), "name", LogLevel.info.name),
        "namespace": _text(event.get("log_namespace") or event.get("system") or "-"),
        "message": _text(formatEvent(event)),
    }
    for name, value in event.items():
        if not (name.startswith("log_") or name in _OURS or name in _TWISTED):
            field = _field(value)
            if field is not None:
                fields[_text(name)] = field
    if (failure := event.get("log_failure")) is not None:
        fields["traceback"] = _text(_traceback(failure))
        fields["message"] = fields["message"] or _text(_describe(failure.value))
    return escape(msgspec.json.encode(fields).decode()) + "\n"


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _field(value: object) -> str | int | float | bool | None:
    match value:
        case bool() | str():
            return _text(value) if isinstance(value, str) else value
        case int():
            return value if abs(value) < _LONGEST_NUMBER else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
    return None


def _traceback(failure: Any) -> str:
    text: str = _try(failure.getTraceback)
    return text


def _describe(value: object) -> str:
    return _try(lambda: f"{type(value).__name__}: {value}")


def _try(describe: Callable[[], str]) -> str:
    try:
        return describe()
    except Exception:
        return "(its text cannot be shown)"


def _text(text: str) -> str:
    """Return `text` with lone surrogates, which cannot be encoded, written as escapes."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
