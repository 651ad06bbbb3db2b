"""Remove from an image what is not used there.

`python3 slim.py ENVIRONMENT` removes the tests and test runners from the packages of a virtual
environment, what only compilers and type checkers read, the parts of Twisted that are servers of
another kind, and all scripts except those of netchat and Twisted. It then compiles the remaining
modules, which a container with a read-only file system could not do. `python3 slim.py` removes pip
and the tests of the standard library from the Python that runs it.
"""

import compileall
import shutil
import sys
import sysconfig
from pathlib import Path

TESTS = ("test", "tests", "_test", "testing.py", "iosim.py", "trial", "twisted_trial.py")
SCRIPTS = ("netchat", "twist", "twistd", "entrypoint", "healthcheck")
SOURCES = (".c", ".h", ".pyi")
"""The ends of the names of what no running program reads."""
UNUSED = ("lib/systemd", "share")
"""What is for a machine rather than a container: unit files, manual pages, completions."""

OTHER_SERVERS = ("conch", "enterprise", "mail", "names", "pair", "positioning", "runner", "words")
"""Parts of Twisted that nothing else in it imports but their own plugins."""


def strip_environment(environment: Path) -> None:
    """Remove what the image does not use, and compile the rest."""
    for path in sorted(environment.glob("lib/python*/site-packages/*/**/*")):
        if path.name in TESTS or path.match("test_*.py") or path.suffix in SOURCES:
            remove(path)
    for twisted in environment.glob("lib/python*/site-packages/twisted"):
        for name in OTHER_SERVERS:
            remove(twisted / name)
            remove(twisted / "plugins" / f"twisted_{name}.py")
    for path in (environment / "bin").iterdir():
        if path.name not in SCRIPTS and not path.name.startswith("python"):
            remove(path)
    for name in UNUSED:
        remove(environment / name)
    compileall.compile_dir(environment / "lib", quiet=1)


def strip_base() -> None:
    """Remove pip and ensurepip, which could reinstall it, and the standard library's tests."""
    site = Path(sysconfig.get_path("purelib"))
    library = Path(sysconfig.get_path("stdlib"))
    for path in (
        *site.glob("pip*"),
        *Path(sysconfig.get_path("scripts")).glob("pip*"),
        library / "ensurepip",
        library / "test",
    ):
        remove(path)


def remove(path: Path) -> None:
    """Remove a file, or a directory with its contents; a missing file is ignored."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        strip_environment(Path(sys.argv[1]))
    else:
        strip_base()
