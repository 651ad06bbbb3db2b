"""IRC servers in Debian, with their flood control off."""

from __future__ import annotations

from pathlib import Path

from benchmarks.process import HOST, Start, free_port
from benchmarks.servers.server import Server, Workspace

NAME = "irc.bench.test"
HOURS = 3600
"""Seconds between two pings: long enough that there are none in a benchmark."""


def ngircd_config(port: int, motd: Path) -> str:
    """Return ngircd's configuration. Started as root, it switches to the user `nobody` itself."""
    return f"""[Global]
Name = {NAME}
Info = benchmark
Listen = {HOST}
Ports = {port}
MotdFile = {motd}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = {HOURS}
PongTimeout = {HOURS}
[Options]
DNS = no
Ident = no
PAM = no
"""


def inspircd_config(port: int, directory: Path) -> str:
    """Return inspircd's configuration, without additional modules."""
    return f"""<server name="{NAME}" description="benchmark" network="bench" id="001">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="{HOST}" port="{port}" type="clients">
<connect name="main" allow="*" timeout="{HOURS}" pingfreq="{HOURS}"
    hardsendq="1G" softsendq="1G" recvq="1G"
    threshold="1000000000" commandrate="1000000000" fakelag="no"
    localmax="100000" globalmax="100000" limit="100000" maxchans="1000"
    resolvehostnames="no" useident="no" maxconnwarn="no">
<cidr ipv4clone="32" ipv6clone="128">
<performance netbuffersize="65534" somaxconn="4096" softlimit="100000"
    clonesonconnect="no" quietbursts="yes">
<whowas groupsize="0" maxgroups="0" maxkeep="1">
<options casemapping="ascii">
<path configdir="{directory}" datadir="{directory}" logdir="{directory}" runtimedir="{directory}">
"""


def _start_ngircd(workspace: Workspace) -> Start:
    port = free_port()
    motd = workspace.directory / "motd"
    motd.write_text("", encoding="ascii")
    config = workspace.directory / "ngircd.conf"
    config.write_text(ngircd_config(port, motd), encoding="ascii")
    return Start(("ngircd", "--nodaemon", "--config", str(config)), port)


def _start_inspircd(workspace: Workspace) -> Start:
    port = free_port()
    config = workspace.directory / "inspircd.conf"
    config.write_text(inspircd_config(port, workspace.directory), encoding="ascii")
    options = ("--nofork", "--nopid", "--nolog", "--runasroot")
    return Start(("inspircd", "--config", str(config), *options), port)


IRC = (
    Server(
        name="ngircd",
        about="IRC server in C; writes several messages of a turn at once",
        dialect="irc",
        start=_start_ngircd,
        login_window=8,  # its listen backlog is 10; a full one delays a connection by seconds
        nodelay=False,
        program="ngircd",
        package="ngircd",
        version_command=("ngircd", "--version"),
    ),
    Server(
        name="inspircd",
        about="IRC server in C++",
        dialect="irc",
        start=_start_inspircd,
        nodelay=False,
        login_window=5000,  # it completes all waiting logins once a second
        program="inspircd",
        package="inspircd",
        version_command=("inspircd", "--version"),
    ),
)
