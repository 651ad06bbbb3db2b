"""`python -m netchat.server.check`: is what is in the environment good enough for a server?

It prints one JSON object: `problem` is what is wrong with the options, as a sentence, or "", and
`certificates` has the last day of that of each endpoint with TLS. `netchat admin doctor` runs it,
in a process of its own, because a command need not load the whole server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from twisted.python.usage import UsageError

from netchat.doors.transport.listen_errors import listen_problem
from netchat.doors.transport.tls import certificate_until
from netchat.server.endpoints import PROXIED, secure_endpoint
from netchat.server.options import Options
from netchat.server.start_error import StartError


class Checked(Struct):
    """What was found."""

    problem: str
    certificates: dict[str, str]


def check(environment: Mapping[str, str]) -> Checked:
    """Return what the server would say to the options in `environment`."""
    options = Options(environment)
    try:
        options.parseOptions([])
    except (SystemExit, UsageError) as error:
        return Checked(str(error).removeprefix("netchat: "), {})
    found = Checked("", {})
    for text in (*options["listen"], *options["web"]):
        try:
            # No reactor: nothing listens.
            secure_endpoint(None, text)
            if day := certificate_until(text.removeprefix(PROXIED)):
                found.certificates[text] = day
        except StartError as error:
            found.problem = str(error)
        except Exception as error:
            # Parsers of endpoints, keys and certificates raise any kind of error.
            found.problem = f"{text} cannot be used: {listen_problem(error)}"
    return found


if __name__ == "__main__":
    print(msgspec.json.encode(check(os.environ)).decode())
