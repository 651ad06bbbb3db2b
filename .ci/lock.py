"""Write the versions and hashes of the packages that the image is built with: `make lock`.

docker/requirements.txt has what the image contains: the requirements in setup.cfg, those of all
extras included except what only developers use. docker/requirements-build.txt has what builds the
wheel. Both are for every platform and every Python that netchat runs on.
"""

import configparser
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent
DEVELOPERS_EXTRAS = {"dev", "fuzz", "lock"}
OLDEST = "3.11"


def runtime_requirements() -> list[str]:
    """Return the requirements of the server and the client, with every extra."""
    config = configparser.ConfigParser()
    config.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    groups = [config["options"]["install_requires"]]
    groups += [extras[name] for name in extras if name not in DEVELOPERS_EXTRAS]
    return [line for group in groups for line in group.splitlines() if line.strip()]


def build_requirements() -> list[str]:
    """Return the requirements of the build: pip, and what pyproject.toml names."""
    pyproject = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return ["pip", *pyproject["build-system"]["requires"]]


def lock(requirements: list[str], output: str) -> None:
    """Write the newest versions for `requirements`, with hashes, to the file `output`."""
    options = ["--universal", "--python-version", OLDEST, "--generate-hashes", "--upgrade"]
    options += ["--no-annotate", "--custom-compile-command", "make lock", "--output-file", output]
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run(
        [uv, "pip", "compile", "--quiet", *options, "-"],
        cwd=CHECKOUT,
        input="\n".join(requirements),
        text=True,
        check=True,
    )


if __name__ == "__main__":
    lock(runtime_requirements(), "docker/requirements.txt")
    lock(build_requirements(), "docker/requirements-build.txt")
