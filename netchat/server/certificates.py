"""The certificates of a server that runs: read again, and until when they are valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.doors.transport.listen_errors import listen_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twisted.logger import Logger

    from netchat.doors.transport.tls import SecureEndpoint


def renew_certificates(endpoints: Mapping[str, SecureEndpoint], log: Logger) -> None:
    """Read the certificate files of `endpoints` again; new connections use what is in them now.

    If a certificate cannot be used, log why and keep the one before.
    """
    for text, endpoint in endpoints.items():
        if endpoint.good_until:
            try:
                endpoint.renew()
            except Exception as error:
                why = listen_problem(error)
                log.warn("{text} keeps its certificate: {why}", text=text, why=why)
            else:
                log_expiry(text, endpoint, log)


def log_expiry(text: str, endpoint: SecureEndpoint, log: Logger) -> None:
    """Log until when the certificate of the `endpoint` called `text` is valid."""
    log.info("The certificate of {text} is valid until {day}", text=text, day=endpoint.good_until)
