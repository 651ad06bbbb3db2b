"""Execute the requests of moderators and operators: what they ask for becomes a change.

The rules judge a change when its place in the order has come. Here it is found out what it is
about: which room or the server, and whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from netchat.chat import people, questions
from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.effects import room_changed
from netchat.chat.enforcement import mute_refusal
from netchat.chat.founders import rank_in
from netchat.chat.questions import NOT_IN_ROOM
from netchat.chat.refusal import RefusedError, require
from netchat.chat.room import Participant, Room
from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.model.events import Event
from netchat.model.limits import Limits
from netchat.model.names import MAX_NAME
from netchat.model.requests import MAX_HISTORY, Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import (
    AnnounceRequest,
    BanRequest,
    DeleteRequest,
    DeopRequest,
    GetBans,
    GetWho,
    KickRequest,
    LockRequest,
    MuteRequest,
    OpRequest,
    RoomRequest,
    UnbanRequest,
    UnlockRequest,
    UnmuteRequest,
)
from netchat.session import moderation_lists
from netchat.session.moderation_lists import last_line_of
from netchat.session.places import Places
from netchat.session.targets import is_restricted, is_somebody, read_target
from netchat.state.changes import (
    Announce,
    DeleteLines,
    Kick,
    Lift,
    Restrict,
    SetLock,
    SetRole,
    SetRoom,
    Unlock,
    What,
)
from netchat.state.records import RestrictionKind, TargetKind
from netchat.state.restrictions import parse_network
from netchat.state.rights import Rank, rank_of

NO_LINE = "Say which line: its number, or the name of who has said it last."
NOT_SAID = "{} has said nothing lately in {} that could be deleted."


class ModerationRequests:
    """Executes the requests of `participant`; `here` is the only room that they can be in, if any.

    `here` is None for a client that can be in several.
    """

    def __init__(
        self, chat: Chat, participant: Participant, limits: Limits, here: Room | None
    ) -> None:
        self._chat = chat
        self._participant = participant
        self._limits = limits
        self._places = Places(chat, participant, here)

    def execute(self, request: Request) -> None:
        """Execute `request`; RefusedError if it is clear already that it cannot be done."""
        execute = _EXECUTORS.get(type(request))
        if execute is None:
            raise RefusedError("unknown-type", "This server does not do that.")
        execute(self, request)

    def kick(self, request: KickRequest) -> None:
        """Remove somebody from a room or from the server."""
        place = self._places.place(request.room)
        some = people.named(self._chat.participants, request.name[: MAX_NAME + 1])
        room = self._chat.rooms.find(place) if place else None
        if not some or (place and not any(room in who.requested_rooms for who in some)):
            where = f"in {place}" if place else "here"
            raise RefusedError("no-such-user", f"Nobody of that name is {where}; try /names.")
        self._change(request, Kick(some[0].name, place, self._reason(request.reason, place)))

    def restrict(self, request: BanRequest | MuteRequest) -> None:
        """Ban or mute a name, an account or an address."""
        what: RestrictionKind = "ban" if isinstance(request, BanRequest) else "mute"
        place = self._places.place(request.room)
        kind, target = read_target(request.who, self._limits.admission.trust)
        until = self._chat.time() + request.duration if request.duration else 0
        reason = self._reason(request.reason, place)
        if kind == "name" and not is_somebody(self._chat, target):
            self._require_voice(place)
        self._change(request, Restrict(what, kind, target, place, until, reason))

    def lift(self, request: UnbanRequest | UnmuteRequest) -> None:
        """End a ban or a mute: of an operator that of the server, or else that of their room."""
        what: RestrictionKind = "ban" if isinstance(request, UnbanRequest) else "mute"
        place = self._places.place(request.room)
        kind: TargetKind = "address" if parse_network(request.who) else "name"
        lift = Lift(what, kind, request.who[: MAX_NAME + 1] if kind == "name" else request.who)
        here = self._places.here
        if not request.room and not place and here and not is_restricted(self._chat.state, lift):
            place = here.name
        self._change(request, Lift(what, kind, lift.target, place))

    def announce(self, request: AnnounceRequest) -> None:
        """Tell everybody."""
        text, limit = sanitize(request.text).strip(), self._limits.connection.max_line
        if not text:
            raise RefusedError("bad-request", "An announcement has a text.")
        if 0 < limit < len(text.encode()):
            raise RefusedError("line-too-long", "That is too long; announce it in several lines.")
        self._require_voice()
        self._change(request, Announce(text))

    def delete(self, request: DeleteRequest) -> None:
        """Delete the text of a line, or of the last one that somebody has said."""
        room = self._places.room(request.room)
        reason = self._reason(request.reason, room)
        if request.id is not None:
            self._change(request, DeleteLines(room, (request.id,), reason))
        elif request.name:
            self._delete_last(request, request.name[: MAX_NAME + 1], room, reason)
        else:
            raise RefusedError("bad-request", NO_LINE)

    def _delete_last(self, request: DeleteRequest, name: str, place: str, reason: str) -> None:
        room = self._chat.rooms.find(place)
        if room is None:
            raise RefusedError("not-in-room", NOT_IN_ROOM)

        def look_up(found: Reply) -> None:
            span = Span(0, room.last, MAX_HISTORY, newest=True)
            self._chat.lookups.read(self._participant, room, lambda: span, found)

        def answer(page: Page | UnreadableError) -> Iterable[Event]:
            if isinstance(page, UnreadableError):
                return [request.refuse(page.code, str(page))]
            id = last_line_of(page, name)
            if not id:
                return [request.refuse("bad-request", NOT_SAID.format(name, place))]
            self._change(request, DeleteLines(place, (id,), reason))
            return []

        questions.recall(self._chat, self._participant, room, look_up, answer)

    def set_room(self, request: RoomRequest) -> None:
        """Change the settings of a room, or show them."""
        room = self._places.room(request.room)
        what = SetRoom(
            room,
            request.private,
            request.readonly,
            request.moderated,
            request.slow,
            request.quiet,
        )
        if what.given:
            self._change(request, what)
        else:
            state = self._chat.state
            self._places.ask(request, room, lambda: room_changed(state.room(room), room))

    def op(self, request: OpRequest) -> None:
        """Give the owner of a name a role."""
        role = request.role or "moderator"
        room = "" if role == "operator" else self._places.room(request.room)
        self._change(request, SetRole(request.name[: MAX_NAME + 1], room, role))

    def deop(self, request: DeopRequest) -> None:
        """Take a role away: who was a moderator is a member from then on."""
        name = request.name[: MAX_NAME + 1]
        if request.role == "operator":
            self._change(request, SetRole(name, "", None))
            return
        room = self._places.room(request.room)
        owner = self._chat.state.owner(name)
        before = self._chat.state.role(owner.number, room) if owner else None
        if before is None and request.role is None and self._places.is_operator:
            room = ""
        stays = before == "moderator" and request.role != "member"
        self._change(request, SetRole(name, room, "member" if stays else None))

    def lock(self, request: LockRequest) -> None:
        """Take no new guests and accounts."""
        until = self._chat.time() + request.duration if request.duration else 0
        self._change(request, SetLock(until, self._reason(request.reason)))

    def unlock(self, request: UnlockRequest) -> None:
        """Take new guests and accounts again."""
        self._change(request, Unlock())

    def list_bans(self, request: GetBans) -> None:
        """List the bans and mutes that the participant may know."""
        chat, who = self._chat, self._participant
        place = (
            None
            if self._places.is_operator and not request.room
            else self._places.place(request.room)
        )
        rank = rank_in(chat.state, who, place or "")
        if rank < (Rank.MODERATOR if place else Rank.OPERATOR):
            raise RefusedError(
                "not-allowed", "Only moderators and operators see the bans; ask one."
            )
        chat.ask(who, lambda: moderation_lists.bans(chat.state, chat.time(), place, rank))

    def list_who(self, request: GetWho) -> None:
        """List who is in a room, with what they have come."""
        chat, who = self._chat, self._participant
        room = chat.rooms.find(self._places.room(request.room))
        if room is None:
            raise RefusedError("not-in-room", "There is nobody in that room.")
        rank = rank_of(chat.state, who.account)
        answer = lambda: moderation_lists.who(room, rank, chat.time())  # noqa: E731
        self._places.ask(request, room.name, answer)

    def _change(self, request: Request, what: What) -> None:
        change(self._chat, self._participant, what, nonce=request.nonce or "")

    def _reason(self, text: str | None, place: str = "") -> str:
        """Return `text` as others read it; who is muted in `place` or on the server gives none."""
        reason = sanitize(text).strip() if text else ""
        if reason:
            self._require_voice(place)
        return reason

    def _require_voice(self, place: str = "") -> None:
        """Raise RefusedError if a mute keeps the participant from saying a text of their own."""
        now = self._chat.time()
        require(mute_refusal(self._chat.state, now, self._participant, place))


_EXECUTORS: dict[type[Request], Callable[[ModerationRequests, Any], None]] = {
    KickRequest: ModerationRequests.kick,
    BanRequest: ModerationRequests.restrict,
    MuteRequest: ModerationRequests.restrict,
    UnbanRequest: ModerationRequests.lift,
    UnmuteRequest: ModerationRequests.lift,
    AnnounceRequest: ModerationRequests.announce,
    DeleteRequest: ModerationRequests.delete,
    RoomRequest: ModerationRequests.set_room,
    OpRequest: ModerationRequests.op,
    DeopRequest: ModerationRequests.deop,
    LockRequest: ModerationRequests.lock,
    UnlockRequest: ModerationRequests.unlock,
    GetBans: ModerationRequests.list_bans,
    GetWho: ModerationRequests.list_who,
}
