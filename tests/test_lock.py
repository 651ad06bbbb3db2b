"""The packages of the image: locked with hashes, and as setup.cfg wants them."""

from __future__ import annotations

import configparser
import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.checkout import CHECKOUT

DEVELOPERS_EXTRAS = {"dev", "fuzz", "lock"}
LOCKS = ["requirements.txt", "requirements-build.txt"]


def locked(name: str) -> dict[str, tuple[str, str]]:
    """Return the version and the hashes of each package that a lock has for this system."""
    text = (CHECKOUT / "docker" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [
        re.fullmatch(r"([\w.-]+)==([\w.]+)(?: ; (.*?))?((?: +--hash=\S+)+)", at) for at in lines
    ]
    assert all(found)
    return {
        canonicalize_name(match[1]): (match[2], match[4])
        for match in found
        if match and (not match[3] or Marker(match[3]).evaluate())
    }


def wanted() -> list[Requirement]:
    """Return the requirements of the server and the client, with every extra."""
    config = configparser.ConfigParser()
    config.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    groups = [config["options"]["install_requires"]]
    groups += [extras[name] for name in extras if name not in DEVELOPERS_EXTRAS]
    return [Requirement(line) for group in groups for line in group.splitlines() if line.strip()]


def test_the_image_has_every_package_that_setup_cfg_wants_in_its_range() -> None:
    versions = {name: version for name, (version, _) in locked("requirements.txt").items()}
    for requirement in wanted():
        version = versions.get(canonicalize_name(requirement.name), "")
        assert requirement.specifier.contains(version or "0"), f"{requirement}: run make lock"


def test_the_wheel_is_built_with_what_pyproject_wants() -> None:
    pyproject = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    versions = locked("requirements-build.txt")
    for requirement in map(Requirement, pyproject["build-system"]["requires"]):
        version, _ = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}: run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_each_locked_package_has_sha256_hashes(name: str) -> None:
    for _, hashes in locked(name).values():
        assert re.fullmatch(r"(?: +--hash=sha256:[0-9a-f]{64})+", hashes)
