"""The contents of the image, and the privileges that it needs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import netchat
from tests.integration.docker.containers import (
    HARDENED,
    LABEL,
    OFTEN,
    PATIENCE,
    Client,
    CommandError,
    Container,
    docker,
    inspect,
    run,
)
from tests.integration.docker.images import MINUTES, build_arguments, default_base
from tests.support.checkout import CHECKOUT
from tests.support.needs import missing
from tests.support.processes import SCRIPTS
from tests.test_lock import locked

DOCKERFILE = CHECKOUT / "Dockerfile"
FOUND_IN_IMAGE = """
import importlib.util, json, os, shutil
programs = [name for name in ("pip", "pip3", "gcc", "cc", "make", "trial", "pytest")
            if shutil.which(name)]
modules = [name for name in ("pip", "ensurepip", "test", "pytest", "netchat.testing",
                             "twisted.trial") if importlib.util.find_spec(name)]
files = [os.path.join(place, name)
         for place, directories, files in os.walk("/opt")
         for name in directories + files
         if name in ("test", "tests", "_test", "conftest.py", "testing.py")
         or (name.startswith("test_") and name.endswith(".py"))]
print(json.dumps([programs, modules, files]))
"""


def in_image(*command: str) -> str:
    return docker("run", "--rm", "netchat", *command)


@pytest.mark.parametrize("user", ["65532:65532", "12345:54321"])
def test_two_guests_talk_if_server_and_clients_have_no_privileges(chat: str, user: str) -> None:
    flags = (*HARDENED, "--user", user, "--network", chat)
    with Container("--name", "chat_serveur", *flags, *OFTEN, "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        with Client("Alice", *flags) as alice, Client("Bob", *flags) as bob:
            server.wait_for_log("connected  [ Alice ]")
            server.wait_for_log("connected  [ Bob ]")
            bob.says("Je suis bob")
            assert alice.hears("Bob: ") == "Bob: Je suis bob"
        server.wait_for_health("healthy")
        assert docker("stop", server.id)
        assert server.state["ExitCode"] == 0
        assert server.state["OOMKilled"] is False
        assert not re.search("Traceback|rror|annot|plugin", server.log)


def test_its_user_is_not_root() -> None:
    assert inspect("image", "netchat")["Config"]["User"] == "65532:65532"
    assert in_image("id", "-u") == "65532"


def test_every_user_can_write_to_its_only_volume() -> None:
    assert inspect("image", "netchat")["Config"]["Volumes"] == {"/var/lib/netchat": {}}
    writing = ("--volume", "netchat:/var/lib/netchat", "--read-only", "--rm")
    for user in ("65532", "12345:54321"):
        docker("run", *writing, "--user", user, "netchat", "tee", f"/var/lib/netchat/{user}")
    written = docker("run", *writing, "netchat", "ls", "/var/lib/netchat")
    assert written.split() == ["12345:54321", "65532"]


def test_nothing_is_written_outside_the_volume(chat_serveur: Container, chat: str) -> None:
    with Client("Alice", "--network", chat):
        chat_serveur.wait_for_log("connected  [ Alice ]")
    assert docker("diff", chat_serveur.id) == ""


def test_the_plugin_cache_is_part_of_the_image() -> None:
    listed = (
        "import glob; print(len(glob.glob('/opt/netchat/lib/*/site-packages/*/*/dropin.cache')))"
    )
    assert in_image("python3", "-c", listed) == "1"


def test_it_has_no_pip_no_compiler_and_no_tests() -> None:
    assert json.loads(in_image("python3", "-c", FOUND_IN_IMAGE)) == [[], [], []]


def test_its_environment_has_only_the_programs_of_netchat_and_twisted() -> None:
    programs = in_image("ls", "/opt/netchat/bin").split()
    ours = [name for name in programs if not name.startswith("python")]
    assert ours == ["entrypoint", "healthcheck", "netchat", "twist", "twistd"]
    assert in_image("netchat", "--version") == f"netchat {netchat.__version__}"


def test_netchat_is_installed_from_the_wheel() -> None:
    where = "import netchat; print(netchat.__file__)"
    assert "/opt/netchat/lib/" in in_image("python3", "-c", where)
    assert in_image("ls", "/opt") == "netchat"


def test_its_labels_have_title_version_base_and_description(base: str) -> None:
    labels = inspect("image", "netchat")["Config"]["Labels"]
    title = "org.opencontainers.image.{}".format
    assert labels[title("title")] == "netchat"
    assert labels[title("version")] == netchat.__version__
    assert labels[title("base.name")] == base
    assert labels[title("description")]


def test_the_build_script_adds_revision_and_date(base: str) -> None:
    if missing("git checkout"):
        pytest.skip("not a git checkout")
    run("docker/build", "--tag", "netchat:labelled", *build_arguments(base), timeout=MINUTES)
    try:
        labels = inspect("image", "netchat:labelled")["Config"]["Labels"]
    finally:
        docker("image", "rm", "netchat:labelled")
    title = "org.opencontainers.image.{}".format
    assert labels[title("revision")].removesuffix("-dirty") == run("git", "rev-parse", "HEAD")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels[title("created")])
    assert all(value for name, value in labels.items() if name != LABEL)


def test_an_empty_base_means_the_default() -> None:
    """compose 1.29 passes an argument that is not set as an empty one."""
    with pytest.raises(CommandError) as refused:
        run("docker", "build", "--build-arg", "BASE=", "--network", "none", ".", timeout=MINUTES)
    assert default_base().partition(":")[2] in str(refused.value)


def test_options_are_appended_to_the_server() -> None:
    assert docker("run", "--rm", "netchat", "--version") == f"netchat {netchat.__version__}"
    shown = " ".join(docker("run", "--rm", "netchat", "--help").split())
    assert "keeps nothing on disk. [default: /var/lib/netchat]" in shown


def test_a_command_that_is_not_there_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        CommandError, match=r"exit code 1\nnetchat: nothing cannot be run in this i"
    ):
        docker("run", "--rm", "netchat", "nothing")


IMPORTED = """
import importlib, pkgutil, sys
import netchat, psycopg, twisted.scripts.twistd, twisted.internet.reactor
names = [found.name for found in pkgutil.walk_packages(netchat.__path__, "netchat.")]
for name in names:
    importlib.import_module(name)
print(psycopg.pq.__impl__, len(names) > 300)
"""


def test_every_module_of_netchat_finds_what_it_imports() -> None:
    assert in_image("python3", "-c", IMPORTED) == "binary True"


INSTALLED = """
import importlib.metadata
print(*[f"{one.name}=={one.version}" for one in importlib.metadata.distributions()])
"""


def test_the_packages_are_those_of_the_lock() -> None:
    installed = in_image("python3", "-c", INSTALLED).split()
    found = {canonicalize_name(name): version for name, _, version in
             (text.partition("==") for text in installed)}  # fmt: skip
    assert found.pop(canonicalize_name("netchat")) == netchat.__version__
    assert found == {name: version for name, (version, _) in locked("requirements.txt").items()}


def test_it_adds_less_than_50_mb_to_its_base(base: str) -> None:
    added = inspect("image", "netchat")["Size"] - inspect("image", base)["Size"]
    print(f"netchat adds {added / 1e6:.1f} MB to {base}")
    assert added < 50e6


def test_the_base_is_a_slim_python_pinned_by_version() -> None:
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+", default_base())


def test_the_build_context_has_only_the_files_that_the_build_needs(
    base: str, tmp_path: Path
) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM {base}\nCOPY . /context\nLABEL {LABEL}=\n", encoding="utf-8")
    docker("build", "--tag", "netchat:context", "--file", str(dockerfile), ".", timeout=PATIENCE)
    try:
        sent = docker("run", "--rm", "netchat:context", "find", "/context", "-type", "f")
    finally:
        docker("image", "rm", "netchat:context")
    top = {line.removeprefix("/context/").split("/")[0] for line in sent.splitlines()}
    assert top == {
        ".ci",
        "README.md",
        "docker",
        "netchat",
        "pyproject.toml",
        "setup.cfg",
        "systemd",
        "twisted",
    }
    assert not re.search(
        r"\.pyc|dropin\.cache|__pycache__|\.env|docker/README|docker/EXERCISE", sent
    )


def test_hadolint_finds_nothing() -> None:
    beside = shutil.which("hadolint", path=SCRIPTS)
    hadolint = beside or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    assert run(hadolint, "--no-color", str(DOCKERFILE)) == ""


def test_each_option_can_be_given_in_the_environment(chat: str) -> None:
    options = ("--env", "NETCHAT_LOBBY=salle", "--env", "NETCHAT_LISTEN=tcp:6001")
    flags = (*options, *OFTEN, "--network", chat)
    with Container("--name", "chat_serveur", *flags, "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        with Client("Alice", "--network", chat, server="chat_serveur:6001") as alice:
            alice.says("/names")
            alice.hears("* In salle: Alice")
        server.wait_for_health("healthy")


def test_an_unknown_variable_is_refused_in_one_sentence_with_exit_code_1() -> None:
    with pytest.raises(CommandError, match=r"exit code 1\nnetchat: .*NETCHAT_HISTROY.*\n$"):
        docker("run", "--rm", "--env", "NETCHAT_HISTROY=5", "netchat")
