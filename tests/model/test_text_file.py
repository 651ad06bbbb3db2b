"""Text files are read the same, whatever their editor leaves in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.model.text_file import TextFileReader, read_text_file

TEXT = "grüß\n\nein Wort"
AS_EDITORS_LEAVE_IT = {
    "as it is": TEXT.encode(),
    "with a line end": TEXT.encode() + b"\n",
    "with a byte order mark": TEXT.encode("utf-8-sig"),
    "with CR LF": TEXT.replace("\n", "\r\n").encode(),
    "with CR": TEXT.replace("\n", "\r").encode(),
    "with Ctrl-Z": TEXT.encode() + b"\r\n\x1a",
    "with blank lines": TEXT.encode() + b"\n\r\n\n",
    "by Notepad": (TEXT.replace("\n", "\r\n") + "\r\n").encode("utf-8-sig"),
}


@pytest.mark.parametrize("content", AS_EDITORS_LEAVE_IT.values(), ids=AS_EDITORS_LEAVE_IT)
def test_what_an_editor_leaves_makes_no_difference(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert read_text_file(str(path)).lines == ["grüß", "", "ein Wort"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n\r\n", b"\x1a"])
def test_a_blank_file_has_no_lines(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not read_text_file(str(path)).lines


@pytest.mark.parametrize(
    "content", [b"\xff", b"gr\xfc\xdf", "a".encode("utf-16"), b"\xef\xbb\xbf\xff"]
)
def test_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^wants a text file in UTF-8, and {path} is not one$"):
        read_text_file(str(path))


def test_a_file_over_the_limit_is_refused_also_if_it_ends_in_a_character(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("é".encode() * 5)
    assert read_text_file(str(path), 10).text == "ééééé"
    for limit in range(10):
        file = read_text_file(str(path), limit)
        assert file.beginning == "é" * (limit // 2)
        with pytest.raises(ValueError, match=f"^wants a file of at most {limit} bytes, and {path}"):
            file.text  # noqa: B018


def test_an_endless_file_is_refused() -> None:
    file = read_text_file("/dev/zero", 1000)
    with pytest.raises(ValueError, match="of at most 1000 bytes"):
        file.text  # noqa: B018


@given(st.text().filter(lambda text: "\r" not in text and not text.endswith(("\n", "\x1a"))))
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any text"
    text = text.encode(errors="replace").decode()
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_text_file(str(path)).text == text


def test_what_comes_from_a_pipe_is_kept_and_a_file_is_read_again(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"from a pipe\n")
    os.close(write_end)
    file = tmp_path / "file"
    reader, pipe = TextFileReader(), f"/dev/fd/{read_end}"
    for text in ("first", "second"):
        file.write_text(text)
        assert reader.read(str(file)).lines == [text]
        assert reader.read(pipe).lines == ["from a pipe"]
    assert reader.kept == (pipe,)
    os.close(read_end)
