"""Reads all lines as a client with after 0: `python -m tests.torture.history_reader PORT LINES`."""

from __future__ import annotations

import json
import re
import socket
import sys

_ID = re.compile(rb'^\{"type":"said","room":"lobby","id":(\d+),', re.MULTILINE)


def main(port: int, lines: int) -> None:
    """Read `lines` lines, and print which ids they had."""
    received, last, order = b"", 0, True
    hello = {"type": "hello", "name": "reader", "after": {"lobby": 0}}
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(json.dumps(hello).encode() + b"\n")
        while order and last < lines:
            data = connection.recv(1 << 20)
            if not data:
                break
            whole, end, received = (received + data).rpartition(b"\n")
            for id in map(int, _ID.findall(whole + end)):
                order = order and id == last + 1
                last = id
    last = min(last, lines) if order else last
    ids = f"1..{last}, each once" if order else f"not in order at {last}"
    print(json.dumps({"ids": ids}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
