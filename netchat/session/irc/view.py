"""The chat as readers of IRC see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netchat.chat.departures import Profile
from netchat.chat.enforcement import mute_refusal
from netchat.chat.founders import rank_in
from netchat.dialects.irc.formatting import strip_formatting
from netchat.dialects.irc.references import epoch_of
from netchat.dialects.irc.replies import Personal
from netchat.model.sanitize import sanitize
from netchat.state.rights import Rank

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.dialects.irc.user import User

GUEST_HOST = "guest"
"""The host of those who own no name; an address is shown to operators alone."""
USER = "~u"
MAX_USER = 16
MAX_REALNAME = 128
"""Characters of what clients call themselves; others read it."""
_PREFIXES = {Rank.MEMBER: "+", Rank.MODERATOR: "@", Rank.OPERATOR: "@"}


def user_of(text: str) -> str:
    """Return what others read of the user that a client names: ASCII letters, digits, `_ . -`."""
    return "".join(x for x in text if x.isascii() and (x.isalnum() or x in "_.-"))[:MAX_USER]


def realname_of(text: str) -> str:
    """Return what others read of what a client calls itself."""
    return sanitize(strip_formatting(text)).strip()[:MAX_REALNAME]


def user_behind(who: Participant) -> User | None:
    """Return what the client of `who` has said of itself; None: it does not speak IRC here."""
    personal = who.listener.personal
    return personal.user if isinstance(personal, Personal) else None


def operators_here(chat: Chat) -> list[Participant]:
    """Return the operators of the server who are here, one device of each."""
    members = chat.state.members()
    devices = (chat.participants.of_account(account) for account, role in members.items()
               if role == "operator")  # fmt: skip
    return [some[0] for some in devices if some]


class IrcView:
    """What the IRC dialect asks of `chat`, on the server that clients know as `server`."""

    def __init__(self, chat: Chat, server: str) -> None:
        self.server = server
        self._chat = chat
        chat.departures.profile_of = self.profile_of

    @property
    def epoch(self) -> str:
        """What identifies the journal."""
        return epoch_of(self._chat.journal.id)

    def source(self, name: str) -> str:
        """Return nick!user@host of `name`."""
        return self.speaker(name)[0]

    def speaker(self, name: str) -> tuple[str, bool]:
        """Return the source of `name`, and whether they have said that they are a bot."""
        who = self._find(name)
        if who is None:
            return f"{name}!{self.user(name)}@{self.host(name)}", False
        user = user_behind(who)
        shown = f"~{user.user}" if user is not None and user.user else USER
        host = f"user/{who.name}" if who.account else GUEST_HOST
        return f"{name}!{shown}@{host}", user is not None and user.is_bot

    def user(self, name: str) -> str:
        """Return what `name` has called their user, or the same for all."""
        who = self._find(name)
        if who is None and (departed := self._departed(name)):
            return departed.user
        user = user_behind(who) if who is not None else None
        return f"~{user.user}" if user is not None and user.user else USER

    def user_at(self, name: str) -> User | None:
        """Return what the client of `name` has said of itself; None: it does not speak IRC here."""
        who = self._find(name)
        return user_behind(who) if who is not None else None

    def host(self, name: str) -> str:
        """Return what is shown in the place of an address: the account, or that there is none."""
        who = self._find(name)
        if who is None and (departed := self._departed(name)):
            return departed.host
        return f"user/{who.name}" if who is not None and who.account else GUEST_HOST

    def account(self, name: str) -> str:
        """Return the account of whoever is here as `name`, or ""."""
        who = self._find(name)
        return who.name if who is not None and who.account else ""

    def account_name(self, number: int) -> str:
        """Return the name of account `number`, or ""."""
        account = self._chat.state.account(number)
        return account.name if account else ""

    def realname(self, name: str) -> str:
        """Return what `name` has called themselves, or the name."""
        who = self._find(name)
        return self._realname(who) if who is not None else name

    def profile_of(self, who: Participant) -> Profile:
        """Return what others read of `who`, who may be about to leave."""
        said, account = user_behind(who), self.account_name(who.account)
        user = f"~{said.user}" if said is not None and said.user else USER
        return Profile(user, f"user/{account}" if account else GUEST_HOST, self._realname(who))

    def _realname(self, who: Participant) -> str:
        """Return what `who` calls themselves, unless that is nothing, or they are muted."""
        said = user_behind(who)
        if said is None or not said.realname or said.realname == who.name:
            return who.name
        muted = mute_refusal(self._chat.state, self._chat.time(), who)
        return who.name if muted else said.realname

    def is_bot(self, name: str) -> bool:
        """Return whether `name` has said that they are a bot."""
        user = self.user_at(name)
        return user is not None and user.is_bot

    def prefixes(self, room: str, name: str) -> str:
        """Return the prefixes of `name` in `room`, the highest first."""
        who = self._find(name)
        rank = rank_in(self._chat.state, who, room) if who is not None else Rank.GUEST
        return _PREFIXES.get(rank, "")

    def time_text(self, seconds: float) -> str:
        """Return a time in words, in UTC."""
        return f"{datetime.fromtimestamp(seconds, UTC):%a %b %d %H:%M:%S %Y} UTC"

    def topic_setter(self, room: str) -> tuple[str, float] | None:
        """Return who has set the topic of `room`, and when, if that is known."""
        found = self._chat.rooms.find(room)
        return found.topic_set if found is not None else None

    def _departed(self, name: str) -> Profile | None:
        """Return what was shown of who has left last as `name`: their last line may follow."""
        departures = self._chat.departures.all(name) if name else ()
        return departures[0].profile if departures else None

    def _find(self, name: str) -> Participant | None:
        return self._chat.participants.find(name) if name else None
