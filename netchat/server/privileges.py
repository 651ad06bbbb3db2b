"""The user whom twistd is told to run as (--uid, --gid), before it has become that user.

twistd starts as root, so that it can open low ports, and drops its privileges after a fork. What
the server makes on disk must belong to the user from the beginning: root's files would be out of
the user's reach. And what the user may not do has to be known before the fork, because nobody sees
an error after it.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from netchat.server.start_error import StartError


@dataclass(frozen=True, slots=True)
class User:
    """The user and the group that the process is going to have."""

    uid: int
    gid: int
    name: str
    """The name in the user database; "" if the user is not in it."""


def user_of(runner: Mapping[str, Any] | None) -> User | None:
    """Return the user in the options of `runner`, None if the process stays who it is.

    `runner` is twistd's options. StartError if this process cannot become that user.
    """
    uid, gid = (runner.get(name) if runner else None for name in ("uid", "gid"))
    if uid is None and gid is None:
        return None
    entry = None
    if uid is not None:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise StartError(
                f"--uid {uid} is no user of this machine; give one that is in /etc/passwd"
            ) from None
    user = User(
        os.geteuid() if uid is None else uid,
        (entry.pw_gid if entry else os.getegid()) if gid is None else gid,
        entry.pw_name if entry else "",
    )
    if os.geteuid() and (user.uid, user.gid) != (os.geteuid(), os.getegid()):
        raise StartError("only root can start a server with --uid or --gid; start it as root")
    return user


@contextmanager
def acting_as(user: User | None) -> Iterator[None]:
    """Let the process act as `user` within the block, and be itself again after it."""
    if user is None or os.geteuid():
        yield
        return
    uid, gid, groups = os.geteuid(), os.getegid(), os.getgroups()
    if user.name:
        os.initgroups(user.name, user.gid)
    os.setegid(user.gid)
    os.seteuid(user.uid)
    try:
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)
