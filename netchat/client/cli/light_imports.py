"""Import Twisted and prompt_toolkit without what the client does not need of them.

Without OpenSSL, and Python's own clients for HTTP and mail, the program needs a third less memory,
and starts in two thirds of the time; `benchmarks/start.py` measures it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

_TLS = ("OpenSSL", "ssl")
"""What Twisted and asyncio import if it is there, and do without if not."""
_UNUSED = ("http.cookiejar", "secrets")
"""What all of Twisted, and wcwidth for prompt_toolkit, import for functions that are not called.

The first brings urllib, HTTP and mail, and both bring OpenSSL, for hashlib.
"""


@contextmanager
def light_imports(*, tls: bool) -> Iterator[None]:
    """Have what is imported in this block leave out what is large and not needed.

    Without `tls`, Twisted can make no TLS connection from then on. Whatever is imported after the
    block is complete.
    """
    hidden = () if tls else tuple(name for name in _TLS if name not in sys.modules)
    # None makes an import fail (Python's language reference, "The module cache").
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    replaced = {name: _Later(name) for name in _UNUSED if name not in sys.modules}
    sys.modules.update(replaced)
    # An import makes next to no garbage, and to look for it takes a sixth of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        for name, later in replaced.items():
            if sys.modules.get(name) is later:
                del sys.modules[name]
        if collects:
            gc.enable()


class _Later(ModuleType):
    """Stands for the module called `__name__`, which is loaded when something of it is used."""

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            # The import system asks for these.
            raise AttributeError(attribute)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), attribute)
