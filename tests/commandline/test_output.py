"""The output of a command, and which errors of it are none."""

from __future__ import annotations

import errno
import os

import pytest

from netchat.commandline.output import Output, has_reader_left, lost_output


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
def test_lost_output_is_one_sentence_that_names_the_cause(number: int) -> None:
    error = OSError(number, os.strerror(number))
    assert not has_reader_left(error)
    assert lost_output(error) == (
        f"The output is not complete: stdout cannot be written ({os.strerror(number)}); "
        "write it elsewhere."
    )


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ECONNRESET])
def test_a_reader_who_left_is_told_from_a_failure(number: int) -> None:
    assert has_reader_left(OSError(number, ""))


def test_what_is_written_is_complete_when_the_output_is_closed(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    output = Output()
    output.print("a line")
    assert output.close(7) == 7
    output = Output()
    output.write(b"bytes\n")
    assert output.close(0) == 0
    assert not output.failed
    assert capfdbinary.readouterr() == (b"a line\nbytes\n", b"")
