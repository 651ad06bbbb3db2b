"""What a client of IRC has said of itself."""

from __future__ import annotations


class User:
    """A client, from its first message on; nothing of this is judged."""

    __slots__ = ("account", "account_name", "active", "capabilities", "is_bot", "is_invisible",
                 "negotiating", "nick", "passwords", "realname", "user", "version")  # fmt: skip

    def __init__(self) -> None:
        self.nick = ""
        self.user = ""
        self.realname = ""
        self.passwords: tuple[str, ...] = ()
        """What it has sent with PASS, the newest last."""
        self.account = 0
        """The account that the client has proved to be theirs; 0: none."""
        self.account_name = ""
        self.active: frozenset[str] = frozenset()
        """The capabilities that the client has asked for."""
        self.capabilities: frozenset[str] = frozenset()
        """Those of them that have what they need."""
        self.version = 0
        """The version of capability negotiation: 0, 301 or 302."""
        self.negotiating = False
        """Whether the client has begun to negotiate, and is to say when it has finished."""
        self.is_bot = False
        self.is_invisible = False

    def registered(self, name: str) -> None:
        """Forget what only its registration needs, once it is called `name`: there may be many."""
        self.nick = ""
        self.passwords = ()
        self.user = name if self.user == name else self.user
        self.realname = name if self.realname == name else self.realname
