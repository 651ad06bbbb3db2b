"""The code of others that the page loads is what was published."""

from __future__ import annotations

from hashlib import sha256

from netchat.doors.web.files import FOLDER, load_files

VENDOR = FOLDER / "vendor"


def listed() -> dict[str, str]:
    """Return the digests in SHA256SUMS, by path."""
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split(maxsplit=1) for line in lines)}


def test_each_vendored_file_has_the_digest_that_is_listed() -> None:
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.parent != VENDOR]
    found = {
        path.relative_to(VENDOR).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert found == listed()


def test_the_readme_names_each_vendored_package_and_its_licence_is_there() -> None:
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert f"| `{folder.name}` |" in readme
        assert (folder / "LICENSE").is_file()


def test_each_vendored_script_is_served_and_imports_vendored_scripts_only() -> None:
    served = load_files()
    for path in VENDOR.rglob("*.js"):
        assert b"/vendor/" + path.relative_to(VENDOR).as_posix().encode() in served
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import "):
                name = line.split(" from ")[-1].strip("\"';").removeprefix("./")
                assert (path.parent / name).is_file()
