"""TLS handshakes that fail on a real server are in its log, with the reason."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest

from tests.support.certificates import identity
from tests.support.processes import PATIENCE, Server


@pytest.mark.parametrize("behind", ["", "haproxy:"])
def test_a_client_that_does_not_trust_the_certificate_is_in_the_log(
    tmp_path: Path, behind: str
) -> None:
    endpoint = identity(tmp_path, "127.0.0.1").put(tmp_path / "server.pem")
    with Server("--listen", f"{behind}{endpoint}", cwd=tmp_path) as server:
        port = int(re.findall(r"Listening on \w+:127\.0\.0\.1:(\d+)", server.log)[0])
        context = ssl.create_default_context()
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
            with pytest.raises(ssl.SSLCertVerificationError):
                context.wrap_socket(plain, server_hostname="127.0.0.1")
            told = server.wait_for_log("TLS handshake")
        assert re.search(r"Client \(127\.0\.0\.1, \d+\) fails .*  \[ .*unknown ca \]", told)


def test_a_client_without_tls_is_in_the_log(tmp_path: Path) -> None:
    endpoint = identity(tmp_path, "127.0.0.1").put(tmp_path / "server.pem")
    with Server("--listen", endpoint, cwd=tmp_path) as server:
        port = int(re.findall(r"Listening on ssl:127\.0\.0\.1:(\d+)", server.log)[0])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert "http request" in server.wait_for_log("TLS handshake")
        assert "Traceback" not in server.log
        assert server.stop() == 0
