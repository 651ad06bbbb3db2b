"""Puts the modules of the page into one file, so that a browser asks once for all of them.

Each module becomes a function that is called once and returns what the module exports. The modules
import and export by name, in statements of the form `import { a, b } from "./other.js";` and
`export function a`; nothing else of ES modules is understood. Comments that begin a line with two
asterisks, which types and readers need and a browser does not, are left out.
"""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./([a-z]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:class|const|function) ([A-Za-z_][A-Za-z0-9_]*))", re.MULTILINE
)
_COMMENT = re.compile(r"^ */\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)


def bundle(folder: Path) -> bytes:
    """Return the modules in `folder` as one; graphlib.CycleError if imports form a circle."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js"))}
    imports = {name: [each for _, each in _IMPORT.findall(x)] for name, x in texts.items()}
    order = TopologicalSorter(imports).static_order()
    return "".join(_as_function(name, texts[name]) for name in order).encode()


def _as_function(name: str, text: str) -> str:
    text = _COMMENT.sub("", text)
    exports = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = \2Module;", text))
    return f"// {name}.js\nconst {name}Module = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
