"""The settings of a user who has no file here: they hold until the session ends."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from netchat.client.settings.settings_file import SettingsFile


class SessionSettings(SettingsFile):
    """A file of settings that is always empty, and can be changed."""

    def __init__(self) -> None:
        super().__init__(None)

    def change(self, edit: Callable[[MutableMapping[str, Any]], None]) -> None:
        """Do nothing: the settings that hold now are kept by those who use them."""
