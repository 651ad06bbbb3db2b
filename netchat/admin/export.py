"""`netchat export`: prints all lines of a journal, for other programs to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from netchat.admin.arguments import add_directory, parser_for, report_error
from netchat.admin.stored import detect_server, journal_in, lines_of_room, spans_of_rooms
from netchat.commandline.parser import Parser
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.dialect import said_message
from netchat.dialects.jsonl.message import Message
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.reader import Reader
from netchat.model.events import Gap, Said

_encode = msgspec.json.Encoder().encode


def main(arguments: Sequence[str]) -> int:
    """Export a journal according to `arguments`; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    output = parser.output()
    try:
        for line in export(journal_in(given.directory), given.room):
            output.write(line)
            if output.failed:
                break
    except JournalError as error:
        report_error(str(error))
        return output.close(2)
    return output.close(0)


def make_parser() -> Parser:
    """Return the parser of `netchat export`."""
    parser = parser_for(
        "export",
        "Print every line of a journal, room by room, while its server may run.",
        "0: every line is printed; 2: the journal cannot be read",
    )
    add_directory(parser)
    parser.add_argument("--room", help="export this room only")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        required=True,
        help="one JSON object a line, as in docs/protocol.md; a gap is a damaged line",
    )
    return parser


def export(path: Path, only: str | None = None) -> Iterator[bytes]:
    """Yield the lines of room `only` (None: all rooms) as JSON lines; or raise JournalError."""
    rooms = spans_of_rooms(path)
    if only is not None and only not in rooms:
        raise JournalError(f"There is no room called {only}; give --room the exact name.")
    with detect_server(path) as alone, closing(Reader(path, warn=report_error)) as reader:
        reader.open(immutable=alone)
        for room in [only] if only is not None else sorted(rooms):
            first, last = rooms[room]
            for line in lines_of_room(reader, room, first - 1, last):
                yield _encode(_message(line)) + b"\n"


def _message(line: Said | Gap) -> Message:
    if isinstance(line, Gap):
        return wire.Gap(line.room, line.first, line.last, line.damaged or msgspec.UNSET)
    return said_message(line)
