"""Remove from an image what is not used there.

`python3 slim.py ENVIRONMENT` removes the tests and test runners from the packages of a virtual
environment, what only compilers and type checkers read, the parts of Twisted that are servers of
another kind, other parts that netchat never imports, and all scripts except those of netchat and
Twisted; and from the compiled libraries the symbols for debuggers. It then compiles the remaining
modules, which a container with a read-only file system could not do. `python3 slim.py` removes pip
and the tests of the standard library from the Python that runs it.
"""

import compileall
import shutil
import struct
import sys
import sysconfig
from pathlib import Path

TESTS = ("test", "tests", "_test", "testing.py", "iosim.py", "trial", "twisted_trial.py")
SCRIPTS = ("netchat", "twist", "twistd", "entrypoint", "healthcheck")
SOURCES = (".c", ".h", ".pyi")
"""The ends of the names of what no running program reads."""
UNUSED = ("lib/systemd", "share")
"""What is for a machine rather than a container: unit files, manual pages, completions."""

OTHER_SERVERS = ("enterprise", "mail", "names", "pair", "positioning", "runner", "words")
"""Parts of Twisted that nothing else in it imports but their own plugins."""
NEVER_IMPORTED = (
    # What a package was made of, and its list of files: for pip, which is not there.
    *("*.dist-info/sboms", "*.dist-info/RECORD"),
    # What was needed to build a package, or is needed to edit its sources.
    *("cffi", "pycparser", "packaging"),
    # Other ways to use a package: netchat does the input and output of WebSockets by itself.
    *("websockets/asyncio", "websockets/legacy", "websockets/sync", "websockets/trio"),
    *("prompt_toolkit/contrib", "psycopg/crdb"),
    # The clients of SSH and Telnet, and what gives a shell; only its client needs appdirs.
    *("twisted/conch/" + name for name in ("client", "insults", "newsfragments", "scripts", "ui")),
    *("twisted/conch/" + name for name in ("avatar.py", "checkers.py", "endpoints.py", "ls.py")),
    *("twisted/conch/" + name for name in ("manhole*.py", "mixin.py", "openssh_compat", "unix.py")),
    *("twisted/conch/" + name for name in ("recvline.py", "stdio.py", "t*.py")),
    *("twisted/conch/ssh/" + name for name in ("agent.py", "factory.py", "filetransfer.py")),
    *("twisted/conch/ssh/" + name for name in ("forwarding.py", "session.py", "userauth.py")),
    *("twisted/plugins/cred_sshkeys.py", "twisted/plugins/twisted_conch.py", "appdirs.py"),
    *("twisted/plugins/twisted_" + name for name in ("ftp.py", "inet.py", "socks.py", "web.py")),
    *("twisted/plugins/twisted_portforward.py", "twisted/tap", "twisted/web/tap.py"),
    *("twisted/protocols/" + name for name in ("amp.py", "ftp.py", "ident.py", "memcache.py")),
    *("twisted/protocols/" + name for name in ("portforward.py", "sip.py", "socks.py")),
    *("twisted/web/" + name for name in ("distrib.py", "microdom.py", "sux.py", "xmlrpc.py")),
    # HTTP/2, CGI and the like; what tests of Twisted use; parsers of what is only written here.
    *("twisted/web/" + name for name in ("_http2.py", "proxy.py", "twcgi.py", "wsgi.py")),
    *("twisted/web/domhelpers.py", "twisted/protocols/htb.py", "twisted/protocols/loopback.py"),
    *("twisted/persisted/_tokenize.py", "twisted/persisted/aot.py", "twisted/scripts/trial.py"),
    *("prometheus_client/openmetrics/parser.py", "prometheus_client/parser.py"),
    *("asn1crypto/" + name for name in ("cms.py", "crl.py", "ocsp.py", "tsp.py")),
    # PostgreSQL's library is called by psycopg's module in C.
    *("psycopg/pq/_pq_ctypes.py*", "psycopg/pq/pq_ctypes.py"),
    # For systems that are not Linux.
    *("prompt_toolkit/*/win*.py", "platformdirs/windows.py", "platformdirs/macos.py"),
    "platformdirs/android.py",
    *(
        "twisted/internet/_glibbase.py",
        "twisted/internet/_pollingfile.py",
        "platformdirs/android.py",
    ),
    *("twisted/internet/iocpreactor", "twisted/internet/cfreactor.py"),
    *("twisted/internet/*win32*.py", "twisted/internet/kqreactor.py"),
    # How terminals that give their name draw words: prompt_toolkit asks for single characters, and
    # remembers the answers, so it needs no faster module for that either.
    *("wcwidth/table_grapheme_overrides/_known_*.py", "wcwidth/_wcwidth_c*.so"),
)
"""Patterns of paths in the packages; no module of netchat imports them, not even indirectly."""


COMPILED_ONLY = (
    *("OpenSSL", "asn1crypto", "attr", "cryptography", "hyperlink", "idna", "prometheus_client"),
    *("prompt_toolkit", "psycopg", "tomlkit", "wcwidth", "websockets"),
)
"""Packages that are kept without their sources: a traceback shows no lines of them."""


def strip_environment(environment: Path) -> None:
    """Remove what the image does not use, and compile the rest."""
    for packages in environment.glob("lib/python*/site-packages"):
        strip_packages(packages)
    for path in (environment / "bin").iterdir():
        if path.name not in SCRIPTS and not path.name.startswith("python"):
            remove(path)
    for name in UNUSED:
        remove(environment / name)
    for packages in environment.glob("lib/python*/site-packages"):
        for name in COMPILED_ONLY:
            drop_sources(packages / name)
    compileall.compile_dir(environment / "lib", quiet=1)


def drop_sources(package: Path) -> None:
    """Compile the modules of `package`, and remove their sources."""
    compileall.compile_dir(package, quiet=1, legacy=True)
    for path in [*package.glob("**/*.py"), *package.glob("**/__pycache__")]:
        remove(path)


def strip_packages(packages: Path) -> None:
    """Remove what the image does not use from the directory `packages`."""
    for path in sorted(packages.glob("*/**/*")):
        if path.name in TESTS or path.match("test_*.py") or path.suffix in SOURCES:
            remove(path)
    for name in OTHER_SERVERS:
        remove(packages / "twisted" / name)
        remove(packages / "twisted" / "plugins" / f"twisted_{name}.py")
    for pattern in NEVER_IMPORTED:
        for path in sorted(packages.glob(pattern)):
            remove(path)
    for path in packages.glob("**/*.so*"):
        strip_symbols(path)


def strip_symbols(path: Path) -> None:
    """Cut from a library what its program headers do not name: nothing of that is ever loaded.

    `strip` does less, and needs binutils, which a base may not have. See elf(5); a file for 32 bits
    is left as it is.
    """
    data = bytearray(path.read_bytes())
    if data[:5] != b"\x7fELF\x02":
        return
    order = "<" if data[5] == 1 else ">"
    (offset,) = struct.unpack_from(order + "Q", data, 32)
    size, count = struct.unpack_from(order + "HH", data, 54)
    end = offset + size * count
    for place in range(offset, end, size):
        start, length = struct.unpack_from(order + "8xQ16xQ", data, place)
        end = max(end, start + length)
    # There is no table of sections any more.
    struct.pack_into(order + "Q", data, 40, 0)
    struct.pack_into(order + "HH", data, 60, 0, 0)
    path.write_bytes(data[:end])


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
