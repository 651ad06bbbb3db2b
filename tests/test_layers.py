"""The layers: which folder imports which, and how large a file may be; see CONTRIBUTING.md."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT

PACKAGE = CHECKOUT / "netchat"
PURE = {
    "model",
    "threads",
    "state",
    "accounts",
    "dialects",
    "journal",
    "log",
    "chat",
    "cluster",
    "session",
    "console",
}
"""Folders in which every module runs without Twisted: what decides does no I/O."""
ALLOWED = {
    "model": set[str](),
    "commandline": {"model"},
    "state": {"model"},
    "accounts": {"model", "state"},
    "threads": set[str](),
    "journal": {"model", "state", "threads"},
    "log": {"model", "journal", "threads"},
    "dialects": {"model"},
    "chat": {"model", "state", "journal"},
    "cluster": {"model", "state", "journal", "log", "chat"},
    "console": {"model", "state", "accounts", "journal"},
    "session": {"model", "state", "accounts", "journal", "dialects", "chat"},
    "observability": {"model", "state", "journal"},
    "admission": {"model", "state", "accounts", "dialects", "chat", "observability"},
    "doors": {
        "model",
        "state",
        "accounts",
        "dialects",
        "journal",
        "chat",
        "console",
        "session",
        "observability",
        "admission",
        "client",
    },
    "server": {
        "model",
        "state",
        "accounts",
        "dialects",
        "journal",
        "log",
        "threads",
        "chat",
        "console",
        "observability",
        "admission",
        "doors",
    },
    "build": {
        "model",
        "threads",
        "accounts",
        "journal",
        "log",
        "chat",
        "cluster",
        "observability",
        "admission",
        "doors",
        "server",
    },
    "tap": {"admission", "build", "doors", "server"},
    "testing": {"model", "threads", "dialects", "journal", "log", "doors", "server", "build"},
    "client": {"commandline", "model", "accounts", "dialects"},
    "admin": {"commandline", "model", "state", "threads", "dialects", "journal", "console"},
    "command": {"commandline", "model", "client", "admin"},
    "__main__": {"command"},
}
"""What a module in each folder may import of netchat, beside its own folder and the version."""
CLIENT_FOLDERS = ["cli", "frontends", "connection", "conversation", "identity", "settings"]
"""The folders of the client, top floor first: an import goes down only."""
MODULES = sorted(PACKAGE.rglob("*.py"))
READS_CLOCK = {
    PACKAGE / "build.py",
    PACKAGE / "tap.py",
    PACKAGE / "admin" / "console" / "main.py",
    PACKAGE / "client" / "cli" / "run.py",
    PACKAGE / "client" / "cli" / "reactor.py",
    PACKAGE / "client" / "cli" / "health.py",
}
"""The modules that wire a program together."""


def name_of(path: Path) -> str:
    """Return the dotted name below netchat of the module at `path`; "" for netchat itself."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__")


NAMES = {name_of(path).removesuffix("."): path for path in MODULES}


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the modules of netchat that the one at `path` imports, those for types included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "netchat":
            package = (node.module or "").removeprefix("netchat").removeprefix(".")
            for alias in node.names:
                submodule = f"{package}.{alias.name}".removeprefix(".")
                found.add(submodule if submodule in NAMES else package)
        elif isinstance(node, ast.Import):
            found |= {n.name[8:] for n in node.names if n.name.startswith("netchat.")}
    return frozenset(found - {""})


def path_id(path: Path) -> str:
    """Return how a test of the module at `path` is called."""
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=path_id)
def test_a_module_imports_only_the_folders_below_its_own(path: Path) -> None:
    folder = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if folder != "__init__":
        folders = {name.split(".")[0] for name in imported(path)}
        assert folders <= {folder, *ALLOWED[folder]}


def test_no_imports_form_a_circle() -> None:
    TopologicalSorter({name: imported(path) for name, path in NAMES.items()}).prepare()


def test_the_folders_form_at_most_nine_floors() -> None:
    floors: dict[str, int] = {}
    for folder in TopologicalSorter(ALLOWED).static_order():
        floors[folder] = 1 + max((floors[below] for below in ALLOWED[folder]), default=0)
    assert max(floors.values()) <= 9


@pytest.mark.parametrize("path", sorted((PACKAGE / "client").glob("*/*.py")), ids=path_id)
def test_in_the_client_imports_go_down_only(path: Path) -> None:
    floors = CLIENT_FOLDERS[CLIENT_FOLDERS.index(path.parent.name) :]
    folders = {name.split(".")[1] for name in imported(path) if name.startswith("client.")}
    assert folders <= set(floors)


@pytest.mark.parametrize("path", MODULES, ids=path_id)
def test_a_file_has_one_subject_and_about_250_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 275


def test_what_decides_runs_in_an_interpreter_without_twisted() -> None:
    modules = [f"netchat.{name}" for name in NAMES if name.split(".")[0] in PURE]
    code = f"import sys, {', '.join(modules)}; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", sorted({*MODULES} - READS_CLOCK), ids=path_id)
def test_only_the_wiring_reads_the_clock_or_imports_the_reactor(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "time.time" not in text
    assert "monotonic" not in text
    assert "import reactor" not in text


def test_nothing_under_twisted_is_a_package() -> None:
    plugins = PACKAGE.parent / "twisted"
    assert [path.name for path in plugins.rglob("*.py")] == ["netchat_plugin.py"]
    plugin = ast.parse((plugins / "plugins" / "netchat_plugin.py").read_text(encoding="utf-8"))
    imports = [ast.unparse(n) for n in plugin.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert imports == ["from twisted.application.service import ServiceMaker"]
