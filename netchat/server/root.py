"""Whether the server runs as root, which it has no need to."""

from __future__ import annotations

from pathlib import Path

from netchat.model.lines import lines_of

WARNING = (
    "The server runs as root, which it need not; give it another user with "
    "`twistd --uid USER`, or with --user in a container"
)
_UID_MAP = Path("/proc/self/uid_map")


def is_root(uid: int, uid_map: str | None = None) -> bool:
    """Return whether `uid` is root of the machine.

    In a user namespace, such as that of a rootless container, uid 0 is an ordinary user outside.
    `uid_map` is the text of the process's map; None: read it. Source: user_namespaces(7).
    """
    if uid != 0:
        return False
    if uid_map is None:
        try:
            uid_map = _UID_MAP.read_text(encoding="ascii")
        except OSError:
            return True
    ranges = [tuple(map(int, line.split())) for line in lines_of(uid_map) if line.strip()]
    outside = [outer for inner, outer, _ in ranges if inner == 0]
    return outside in ([0], [])
