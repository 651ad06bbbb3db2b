"""All servers that can be measured, by name."""

from __future__ import annotations

from benchmarks.servers.irc import IRC
from benchmarks.servers.nats import NATS
from benchmarks.servers.netchat import NETCHAT
from benchmarks.servers.reference import REFERENCES
from benchmarks.servers.server import Server, Workspace
from benchmarks.servers.twisted_peers import TWISTED_PEERS

__all__ = ["SERVERS", "Server", "Workspace"]

SERVERS: dict[str, Server] = {
    server.name: server for server in (*NETCHAT, *REFERENCES, *TWISTED_PEERS, *IRC, *NATS)
}
