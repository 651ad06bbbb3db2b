"""The directory in which a user's programs keep what must survive: the default of --data."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path


def state_directory() -> Path | None:
    """Return netchat's directory of this user, or None for a user without a home directory.

    systemd's dynamic users have none, nor has a user id without an entry in the user database.
    """
    try:
        return user_state_path("netchat")
    except RuntimeError:
        return None
