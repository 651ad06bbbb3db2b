"""Make a virtual environment with pip in it: `python3 make_venv.py DIRECTORY`.

Debian and its children ship python3 without ensurepip; there, pip's own wheel is fetched from PyPI
and installs itself. Nothing but the standard library is needed.
"""

import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from pathlib import Path

OLDEST = (3, 11)
PIP = "https://pypi.org/pypi/pip/json"


def main(directory: str) -> None:
    """Make the environment, or exit with a sentence."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"netchat: needs Python 3.11 or later, this is {found}; try make PYTHON=python3.12"
        )
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    venv.create(directory, clear=True, symlinks=True, with_pip=has_ensurepip)
    if not has_ensurepip:
        install_pip(Path(directory) / "bin" / "python")


def install_pip(python: Path) -> None:
    """Fetch pip's wheel from PyPI, check its hash, and let it install itself."""
    with urllib.request.urlopen(PIP) as answer:
        files = json.load(answer)["urls"]
    wheel = next(file for file in files if file["packagetype"] == "bdist_wheel")
    with urllib.request.urlopen(urllib.parse.urljoin(PIP, wheel["url"])) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
        sys.exit("netchat: the pip that came from PyPI is damaged; try again")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / wheel["filename"]
        path.write_bytes(content)
        command = [python, f"{path}/pip", "install", "--quiet", "--no-index", path]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
