"""The endpoint of the metrics: reached from this machine only, unless an interface is given."""

from __future__ import annotations

import re

_LOOPBACK = {"tcp": "127.0.0.1", "tcp6": r"\:\:1", "ssl": "127.0.0.1"}
"""The interface of this machine, by the kind of an endpoint that takes one."""
_COLON = re.compile(r"(?<!\\):")


def with_interface(text: str) -> str:
    """Return the endpoint string `text`, with the loopback interface if it names none.

    An empty interface, as in `tcp:9464:interface=`, stands for all.
    """
    kind, *arguments = _COLON.split(text)
    named = [argument for argument in arguments if "=" in argument]
    positional = len(arguments) - len(named)
    if kind not in _LOOPBACK or any(argument.startswith("interface=") for argument in named):
        return text
    # The interface is the second argument of tcp: and tcp6:, and the fifth of ssl:.
    if positional >= (5 if kind == "ssl" else 2):
        return text
    return f"{text}:interface={_LOOPBACK[kind]}"
