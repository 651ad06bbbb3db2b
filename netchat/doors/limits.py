"""Why a connection is closed for what it costs."""

from __future__ import annotations

from netchat.model.events import Closing

LOGIN_TIMEOUT = Closing(
    "login-timeout", "That took too long; connect again and give a name sooner."
)
ENDLESS_LINE = Closing(
    "line-too-long", "That line goes on and on; connect again and send shorter ones."
)
FLOOD = Closing(
    "flood", "You say more than others can read, and the rest was not said; say it more slowly."
)
