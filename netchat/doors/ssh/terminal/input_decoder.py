"""Turn what a terminal sends into keys, text and pastes, in linear time and bounded memory.

A paste is taken out before the keys are parsed: prompt_toolkit's parser keeps and rescans one that
never ends. An escape sequence goes to that parser once it is complete; one that it does not know is
dropped, and so is one that is too long. Sources: ECMA-48 5.4 (control sequences), xterm's
"Bracketed Paste Mode" and "VT100-style function keys".
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from netchat.doors.ssh.terminal.paste import BEGIN, Paste, PasteBuffer, overlap

MAX_SEQUENCE = 32
"""How many characters an escape sequence may have."""
_UTF_8 = codecs.getincrementaldecoder("utf-8")
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_SEQUENCE = re.compile(
    r"\x1b(?:\[\[?[0-?]*[ -/]*(?P<final>[@-~])?|O[0-9;]*(?P<function>[@-~])?|(?P<alt>[^\x1b]))?"
)
"""A control sequence, a function key, or a key with Alt; without its last character so far."""
_REST_OF_SEQUENCE = re.compile(r"[ -?]*(?P<final>[@-~])?")


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that were typed, none of which is a control character."""

    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key, in the words of prompt_toolkit: "c-a", "left"; after "escape " one with Alt."""

    name: str


Input = Text | Key | Paste


class InputDecoder:
    """Decodes the input of one terminal.

    `now` returns the seconds of a clock that is never set back. `steps` counts the bytes and
    characters that were looked at, for tests of the cost.
    """

    __slots__ = ("_decoder", "_now", "_partial", "_paste", "_pending", "_skips", "steps")

    def __init__(self, now: Callable[[], float]) -> None:
        self.steps = 0
        self._now = now
        self._decoder: codecs.IncrementalDecoder | None = None
        """Exists only within a character."""
        self._partial = b""
        """The last bytes, which may begin the mark of a paste."""
        self._pending = ""
        """The beginning of an escape sequence."""
        self._skips = False
        """Whether the rest of a sequence that is too long is being dropped."""
        self._paste: PasteBuffer | None = None

    @property
    def in_paste(self) -> bool:
        """Whether the input is within a paste, of which much can be taken at once."""
        return self._paste is not None

    def feed(self, data: bytes) -> Iterator[Input]:
        """Yield what `data` completes; all of it has to be consumed."""
        data = self._partial + data
        self._partial = b""
        while data:
            if self._paste is not None:
                before = self._paste.steps
                data = self._paste.feed(data)
                self.steps += self._paste.steps - before
                if (ended := self._paste.take_ended()) is not None:
                    yield ended
                if self._paste.is_over:
                    self._paste = None
                continue
            typed, mark, data = data.partition(BEGIN)
            self.steps += len(typed) + len(mark)
            if mark:
                self._paste = PasteBuffer(self._now)
            else:
                kept = overlap(typed, BEGIN)
                typed, self._partial = typed[: len(typed) - kept], typed[len(typed) - kept :]
            yield from self._decode(typed, final=bool(mark))

    def paste_timed_out(self) -> Iterator[Input]:
        """Yield the paste that has not ended in its time, if there is one."""
        if self._paste is not None:
            self._paste.time_out()
            if (ended := self._paste.take_ended()) is not None:
                yield ended

    def _decode(self, data: bytes, *, final: bool) -> Iterator[Input]:
        if self._decoder is None and data.isascii():
            text = data.decode("ascii")
        else:
            self._decoder = self._decoder or _UTF_8("replace")
            text = self._decoder.decode(data, final)
            if not self._decoder.getstate()[0]:
                self._decoder = None
        yield from self._split(text)
        if final:
            self._pending, self._skips = "", False

    def _split(self, text: str) -> Iterator[Input]:
        text, self._pending = self._pending + text, ""
        self.steps += len(text)
        place = 0
        if self._skips:
            place = self._skip(text)
        while place < len(text):
            if found := _TEXT.match(text, place):
                yield Text(found[0])
                place = found.end()
            elif text[place] == "\x1b":
                found = _SEQUENCE.match(text, place)
                assert found is not None, "an ESC is one"
                if found.lastgroup is not None:
                    yield from _keys(found[0])
                    place = found.end()
                elif found.end() < len(text):
                    # Something else than its end follows: it is no sequence.
                    place = found.end()
                elif len(found[0]) > MAX_SEQUENCE:
                    self._skips, place = True, len(text)
                else:
                    self._pending, place = found[0], len(text)
            else:
                yield from _keys(text[place])
                place += 1

    def _skip(self, text: str) -> int:
        """Return where the sequence that is being dropped ends in `text`."""
        found = _REST_OF_SEQUENCE.match(text)
        assert found is not None, "nothing at all is one"
        self._skips = found.lastgroup is None and found.end() == len(text)
        return found.end()


@cache  # Only of what is in the table, whose parser remembers each beginning that it has seen.
def _known_keys(sequence: str) -> tuple[Key, ...]:
    pressed: list[KeyPress] = []
    parser = Vt100Parser(pressed.append)
    parser.feed_and_flush(sequence)
    names = [getattr(press.key, "value", press.key) for press in pressed]
    if Keys.Ignore.value in names:
        return ()
    return (Key(" ".join(names)),)


def _keys(sequence: str) -> tuple[Key, ...]:
    """Return the key that sends `sequence`; none if it is not known."""
    if ANSI_SEQUENCES.get(sequence, Keys.BracketedPaste) is not Keys.BracketedPaste:
        return _known_keys(sequence) if sequence.isascii() else ()
    if len(sequence) == 2:
        return tuple(Key(f"escape {key.name}") for key in _keys(sequence[1])) or (
            (Key(f"escape {sequence[1]}"),) if sequence[1].isprintable() else ()
        )
    return ()
