"""The house: who may import whom, and how large a room may be. Source: docs/decisions/."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "netchat"
PURE = ["audience", "catching_up", "chat", "crowds", "directory", "dialects", "dialects.commands",
        "dialects.framing", "dialects.json_events", "dialects.json_requests", "dialects.jsonlines",
        "dialects.telnet", "dialects.text", "desk", "events", "fanout", "journal", "journal.memory",
        "journal.sqlite", "listing", "login", "member", "names", "password", "places", "printable",
        "replay", "replays", "requests", "road", "room", "rules", "session", "space", "speech",
        "told", "turn", "view"]  # fmt: skip
# Each module of the server and what else of netchat it may import: events, names <- room <-
# dialects and session <- doors <- tap.
LOWER = {"directory", "events", "journal", "names", "password", "printable", "requests", "rules",
         "told"}  # fmt: skip
ROOM = {"audience", "catching_up", "chat", "crowds", "desk", "fanout", "listing", "places",
        "replay", "replays", "road", "room", "space", "turn", "view"}  # fmt: skip
ALLOWED = {
    **dict.fromkeys(LOWER, LOWER),
    **dict.fromkeys(ROOM, LOWER | ROOM),
    "dialects": LOWER | {"dialects", "version"},
    "member": LOWER | ROOM,
    "login": LOWER | ROOM | {"dialects", "member", "speech"},
    "session": LOWER | ROOM | {"dialects", "login", "member", "speech"},
    "speech": LOWER | ROOM,
    "doors": LOWER | ROOM | {"dialects", "session", "doors"},
    "service": LOWER | {"doors"},
    "options_file": set(),
    "settings": LOWER | {"doors", "options_file"},
    "options": LOWER | {"doors", "options_file", "settings", "version"},
    "tap": LOWER | ROOM | {"doors", "json_log", "options", "service", "settings"},
    "json_log": {"printable"},
    "testing": {"dialects", "doors", "journal", "options", "settings", "tap", "service"},
    "operator": LOWER | {"dialects", "operator"},
    "command": {"client", "operator"},
    "client": LOWER | {"dialects", "client", "version"},
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the parts of netchat that the module at `path` imports when it is run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "netchat":
            names |= {"version" if n.name == "__version__" else n.name for n in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netchat."):
            names.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {n.name.split(".")[1] for n in node.names if n.name.startswith("netchat.")}
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part != "__init__":
        assert imported(path) <= ALLOWED[part]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_one_subject_and_250_lines_or_so(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 275


def test_the_pure_part_runs_in_an_interpreter_without_twisted() -> None:
    imports = "; ".join(f"import netchat.{module}" for module in PURE)
    code = f"import sys; {imports}; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_wiring_reads_the_clock_or_imports_the_reactor(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name not in ("tap.py", "run.py"):
        assert "time.time" not in text
        assert "monotonic" not in text
        assert "import reactor" not in text


def test_nothing_under_twisted_is_a_package() -> None:
    plugins = PACKAGE.parent / "twisted"
    assert [path.name for path in plugins.rglob("*.py")] == ["netchat_plugin.py"]
    plugin = ast.parse((plugins / "plugins" / "netchat_plugin.py").read_text(encoding="utf-8"))
    imports = [ast.unparse(n) for n in plugin.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert imports == ["from twisted.application.service import ServiceMaker"]
