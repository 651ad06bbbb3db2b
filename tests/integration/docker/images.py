"""The image under test: its base, even if that cannot be pulled, and its build."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.integration.docker.containers import LABEL, CommandError, docker, exists, run
from tests.support.checkout import CHECKOUT

OWN_BASE = "netchat-test-base"
"""The name of a base that is made here."""
SUITE = "bookworm"
MINUTES = 600
"""Seconds for commands that download something."""


def default_base() -> str:
    """Return the default base of the Dockerfile."""
    found = re.search(r"\$\{BASE:-(.+)\}$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return found[1]


def find_base() -> tuple[str, bool]:
    """Return the name of a base, and whether it had to be pulled or made first.

    AssertionError says what is missing if neither is possible.
    """
    for base in (default_base(), OWN_BASE):
        if exists("image", base):
            return base, False
    try:
        docker("pull", "--quiet", default_base(), timeout=MINUTES)
        return default_base(), True
    except CommandError:
        make_base()
        return OWN_BASE, True


def make_base() -> None:
    """Make a base from Debian's packages, with the CA certificates of this machine."""
    assert shutil.which("debootstrap"), (
        f"netchat: {default_base()} cannot be pulled; install debootstrap to make a base."
    )
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        packages = "--include=python3,ca-certificates"
        run("debootstrap", "--variant=minbase", packages, SUITE, str(root), timeout=MINUTES)
        trusted = ssl.get_default_verify_paths().cafile
        if trusted:
            shutil.copy(trusted, root / "etc/ssl/certs/ca-certificates.crt")
        archive = str(Path(place) / "root.tar")
        caches = ("--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists")
        run("tar", "--create", "--file", archive, "--directory", str(root), *caches, ".")
        docker("import", archive, OWN_BASE)


def build_arguments(base: str) -> tuple[str, ...]:
    """Return the options that the tests add to `docker build`."""
    return ("--build-arg", f"BASE={base}", "--label", LABEL)


def build(base: str, steps: list[str]) -> None:
    """Build the image `netchat` on `base`; append the ids of intermediate images to `steps`.

    The legacy builder leaves an image for every step, even if it fails; BuildKit leaves a cache.
    """
    before = docker("image", "ls", "--all", "--quiet").split()
    command = ["docker", "build", *build_arguments(base), "--force-rm", "--tag", "netchat", "."]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        try:
            ended = subprocess.run(
                command, cwd=CHECKOUT, stdout=log, stderr=log, check=False, timeout=MINUTES
            )
        finally:
            log.seek(0)
            said = log.read()
            found = re.findall(r"^ ---> ([0-9a-f]{12})$", said, re.MULTILINE)
            steps.extend(id for id in found if id not in before)
    if ended.returncode != 0:
        raise CommandError(said)
