"""The rules of a site: who gets a name, who is in which room, and what is left of a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from netchat.state import name_rules
from netchat.state.changes import Actor, Change
from netchat.state.digest import digest_of
from netchat.state.record import Removed, Update
from netchat.state.records import Account, SaltSecret
from netchat.state.rights import NOT_ALLOWED, RuleError, may_enter, require_operator
from netchat.state.site_changes import (
    Arrive,
    Bury,
    Depart,
    Drain,
    EndSession,
    Enter,
    Exit,
    Reach,
    SetAway,
    StartServer,
    TakeDigest,
    TakeName,
)
from netchat.state.site_records import Digest, Presence, Reached, Server
from netchat.state.state import ChatState

_OfPresence = Depart | Enter | Exit | TakeName | SetAway | EndSession
_GONE = RuleError("", "That guest is not there any more.")
_OUTRUN = RuleError("storage", "Your client has come back on another server meanwhile; come back.")
"""Its server did not know of that login, which may be the later one: a server that stood still, for
example, hears last what was said to it first."""
_NO_PART = RuleError("storage", "This server takes no part in the site at present; come back.")


def start_server(state: ChatState, change: Change, what: StartServer) -> Iterator[Update]:
    """Record the server, and remove what an earlier start of it has left."""
    for server in state.site.servers.values():
        if server.name == what.name:
            yield from _remains(state, server)
    reached = state.find(Reached, "")
    if what.salts and not (reached and reached.position):
        yield SaltSecret(what.salts)
    yield Server(what.incarnation, what.name, what.addresses, change.time, version=what.version)


def drain(state: ChatState, change: Change, what: Drain) -> Iterator[Update]:
    """Record that the server sends its guests away."""
    yield replace(_server(state, what.incarnation), draining=True)


def bury(state: ChatState, change: Change, what: Bury) -> Iterator[Update]:
    """Remove the server, and everybody who was on it."""
    yield from _remains(state, _server(state, what.incarnation))


def reach(state: ChatState, change: Change, what: Reach) -> Iterator[Update]:
    """Record how far the log was taken."""
    yield Reached(what.position, what.incarnation, what.batch)


def take_digest(state: ChatState, change: Change, what: TakeDigest) -> Iterator[Update]:
    """Record a digest of the state."""
    require_operator(state, change.by)
    yield Digest(state.number, digest_of(state))


def arrive(state: ChatState, change: Change, what: Arrive) -> Iterator[Update]:
    """Give somebody the name, unless another one has it; the first claim wins.

    A client that comes back takes the place of its earlier presence, and leaves the rooms of that
    one.
    """
    _server(state, what.incarnation)
    name, holders = _name_of(state, what)
    earlier = [one for one in holders if _is_same(one, what)]
    others = [one for one in holders if one not in earlier]
    if what.account:
        if not earlier and len(others) >= name_rules.MAX_DEVICES:
            raise name_rules.TOO_MANY_DEVICES
    elif others:
        raise name_rules.taken(name, others[0].name)
    if any(one.incarnation != what.incarnation and one.position > what.heard for one in earlier):
        raise _OUTRUN
    for one in earlier:
        yield replace(one, holds=False, rooms=(), founded=())
    reached = state.find(Reached, "")
    yield Presence(
        what.incarnation,
        what.number,
        name,
        what.account,
        what.client,
        what.agent,
        what.door,
        what.host,
        change.time,
        away=next((one.away for one in others), "") if what.account else "",
        position=reached.position + 1 if reached else 1,
        quiet=what.quiet,
    )


def _name_of(state: ChatState, what: Arrive) -> tuple[str, list[Presence]]:
    """Return the name that is claimed, and who holds it; RuleError if nobody can claim it."""
    if what.account:
        account = state.account(what.account)
        if account is None:
            raise name_rules.removed(what.name)
        return account.name, state.site.of_account(account.number, account.name)
    owner = next(state.owners.holders(what.name), None)
    if owner is not None:
        raise name_rules.owned(what.name, owner.name)
    return what.name, [*state.site.holders(what.name)]


def depart(state: ChatState, change: Change, what: Depart) -> Iterator[Update]:
    """Remove somebody from every room and from the chat."""
    presence = _presence(state, what)
    yield Removed(presence.kind, presence.key)


def enter(state: ChatState, change: Change, what: Enter) -> Iterator[Update]:
    """Let somebody into the room."""
    presence = _presence(state, what)
    if not may_enter(state, presence.account, what.room):
        raise RuleError("bad-room", f"There is no room called {what.room} that you can enter.")
    if what.room in presence.rooms or not presence.holds:
        raise _GONE
    is_new = what.founds and state.site.room(what.room) is None and not state.knows_room(what.room)
    founded = (what.room,) if is_new and not presence.account else ()
    yield replace(
        presence, rooms=(*presence.rooms, what.room), founded=(*presence.founded, *founded)
    )


def exit(state: ChatState, change: Change, what: Exit) -> Iterator[Update]:
    """Take somebody out of the room."""
    presence = _presence(state, what)
    if what.room not in presence.rooms:
        raise _GONE
    rooms, founded = presence.rooms, presence.founded
    yield replace(
        presence,
        rooms=tuple(room for room in rooms if room != what.room),
        founded=tuple(room for room in founded if room != what.room),
    )


def take_name(state: ChatState, change: Change, what: TakeName) -> Iterator[Update]:
    """Give a guest another name, unless another one has it."""
    presence = _presence(state, what)
    if presence.account or not presence.holds:
        raise _GONE
    owner = next(state.owners.holders(what.name), None)
    if owner is not None:
        raise name_rules.owned(what.name, owner.name)
    for holder in state.site.holders(what.name):
        if holder is not presence:
            raise name_rules.taken(what.name, holder.name)
    yield replace(presence, name=what.name)


def set_away(state: ChatState, change: Change, what: SetAway) -> Iterator[Update]:
    """Record the text that others read while somebody is away, with all their devices."""
    presence = _presence(state, what)
    for one in _devices(state, presence) if presence.account else (presence,):
        yield replace(one, away=what.text)


def end_session(state: ChatState, change: Change, what: EndSession) -> Iterator[Update]:
    """Let the owner of an account, or an operator, end a session; its server does it."""
    presence, by = _presence(state, what), change.by
    if not by.console and (not by.account or by.account != presence.account):
        raise RuleError(NOT_ALLOWED, "That is not a session of yours.")
    yield from ()


def presences_of(state: ChatState, by: Actor, updates: Iterable[Update]) -> Iterator[Presence]:
    """Yield what `updates` of accounts make of those who are present under their names.

    Who owns their name by their own request becomes the owner; a guest whose name is given to
    somebody else is about to be disconnected.
    """
    for update in updates:
        if isinstance(update, Account):
            for one in state.site.holders(update.name):
                is_theirs = one.account == update.number
                is_new = not (by.console or one.account) and one.name == update.name
                if is_new or (is_theirs and one.name != update.name):
                    away = "" if is_new else one.away
                    yield replace(one, name=update.name, account=update.number, away=away)


def _is_same(one: Presence, what: Arrive) -> bool:
    return bool(what.client) and one.client == what.client and one.account == what.account


def _server(state: ChatState, incarnation: int) -> Server:
    server = state.site.servers.get(incarnation)
    if server is None:
        raise _NO_PART
    return server


def _presence(state: ChatState, what: _OfPresence) -> Presence:
    presence = state.site.find(what.incarnation, what.number)
    if presence is None:
        raise _GONE
    return presence


def _devices(state: ChatState, presence: Presence) -> list[Presence]:
    """Return the devices of the account of `presence`, and that itself if it is about to leave."""
    some = state.site.of_account(presence.account, presence.name)
    return some if presence in some else [*some, presence]


def _remains(state: ChatState, server: Server) -> Iterator[Update]:
    yield Removed(server.kind, server.key)
    for presence in state.site.of_server(server.incarnation):
        yield Removed(presence.kind, presence.key)
