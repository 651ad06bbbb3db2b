"""The settings, and where they are documented."""

from __future__ import annotations

import pytest

from netchat.client.settings.values import DEFAULTS, SETTINGS
from tests.support.checkout import CHECKOUT


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_is_documented_as_it_is(name: str) -> None:
    setting = SETTINGS[name]
    takes = setting.takes.replace(" or ", ", ").partition(", at most")[0]
    default = setting.show(getattr(DEFAULTS, name)) or "none"
    documented = (CHECKOUT / "docs" / "client.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {takes} | {default} | {setting.meaning} |" in documented


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_stored_and_shown_is_read_back(name: str) -> None:
    setting, value = SETTINGS[name], getattr(DEFAULTS, name)
    assert setting.parse(setting.store(value)) == value
    if shown := setting.show(value):
        assert setting.parse(shown) == value
