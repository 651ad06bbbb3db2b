"""What a guest may do where the server wants names to be owned (`--names`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.model.requests import Request, Say, SayLines, SetTopic, Tell
from netchat.model.state_requests import AwayRequest, Reply

if TYPE_CHECKING:
    from netchat.chat.room import Participant
    from netchat.model.limits import Limits

LISTEN_ONLY = "Guests may only listen here; own your name with /own, and you can speak."
_SPEECH = (Say, SayLines, Tell, Reply, SetTopic)


def may_only_listen(who: Participant, limits: Limits) -> bool:
    """Return whether `who` is a guest on a server where only owners speak."""
    return not who.account and limits.conversation.names != "open"


def check_may_speak(request: Request, who: Participant, limits: Limits) -> None:
    """Raise RefusedError if `who` may only listen, and `request` is to say something."""
    is_speech = isinstance(request, _SPEECH) or (isinstance(request, AwayRequest) and request.text)
    if is_speech and may_only_listen(who, limits):
        raise RefusedError("not-allowed", LISTEN_ONLY)
