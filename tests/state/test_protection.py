"""Which addresses are not banned by mistake."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from netchat.state.protection import why_not_ban

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    "network", ["127.0.0.1/32", "0.0.0.0/0", "::1/128", "::/0", "10.9.8.7/32", "fd12::/64"]
)
def test_what_many_people_share_is_protected(network: str) -> None:
    assert why_not_ban(network, TRUSTED).endswith("ban a name instead.")


@pytest.mark.parametrize("network", ["192.0.2.7/32", "11.0.0.0/8", "2001:db8::/32"])
def test_all_others_may_be_banned(network: str) -> None:
    assert why_not_ban(network, TRUSTED) == ""
