"""The modules of the page in one file."""

from __future__ import annotations

from graphlib import CycleError
from typing import TYPE_CHECKING

import pytest

from netchat.doors.web.bundle import bundle
from netchat.doors.web.files import FOLDER, load_files

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


def test_each_module_comes_after_those_it_imports(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a='import { two } from "./b.js";\n\nconst one = two();\n',
        b='import {\n  three,\n} from "./c.js";\nexport const unused = 1;\n'
        "export async function two() {\n  return three;\n}\n",
        c="const own = 3;\nexport class three {}\n",
    )
    assert bundle(folder).decode() == (
        "// c.js\nconst cModule = (() => {\nconst own = 3;\nclass three {}\n"
        "return { three };\n})();\n"
        "// b.js\nconst bModule = (() => {\nconst {\n  three,\n} = cModule;\nconst unused = 1;\n"
        "async function two() {\n  return three;\n}\nreturn { unused, two };\n})();\n"
        "// a.js\nconst aModule = (() => {\nconst { two } = bModule;\n\nconst one = two();\n"
        "return {  };\n})();\n"
    )


def test_comments_on_lines_of_their_own_are_left_out_and_others_stay(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a="/** Module. */\n\n/**\n * Two * lines.\n */\n"
        "export const one = /** @type {any} */ (1);\n"
        '  /** Indented. */\nconst glob = "/**/x*/"; // kept\n',
    )
    assert bundle(folder).decode() == (
        "// a.js\nconst aModule = (() => {\n\nconst one = /** @type {any} */ (1);\n"
        'const glob = "/**/x*/"; // kept\nreturn { one };\n})();\n'
    )


def test_modules_that_import_one_another_are_refused(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b='import { a } from "./a.js";\nexport const b = a;\n',
    )
    with pytest.raises(CycleError):
        bundle(folder)


def test_every_import_and_export_of_the_page_is_understood() -> None:
    lines = load_files()[b"/app.js"].body.decode().splitlines()
    assert [line for line in lines if line.startswith(("import ", "export "))] == []
    assert "netchat/web/app/" not in str(load_files())


@pytest.mark.parametrize("path", sorted((FOLDER / "app").glob("*.js")), ids=lambda path: path.name)
def test_a_module_has_one_subject_and_about_250_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 275


def test_nothing_of_the_page_is_inline_or_from_elsewhere() -> None:
    page = load_files()[b"/"].body.decode()
    for forbidden in ("<style", "style=", "onclick", "http:", "https:", "//"):
        assert forbidden not in page
