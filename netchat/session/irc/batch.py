"""BATCH, as clients send it: it begins and ends a message of several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.replies import LabelBegin, LabelEnd
from netchat.session.irc import multiline
from netchat.session.irc.command import Command
from netchat.session.irc.later import label_of
from netchat.session.irc.messages import send_to_all
from netchat.session.irc.open_batch import JOIN, OpenBatch

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def batch(client: IrcClient, message: Message) -> None:
    """Begin or end a message of several lines; its answer has the label of its beginning."""
    sign, reference = message.parameters[0][:1], message.parameters[0][1:]
    if sign == "+" and reference:
        label = label_of(client, message)
        refusal = multiline.begin(client, reference, message.parameters[1:], label)
        if refusal:
            client.fail("BATCH", multiline.INVALID, refusal)
        return
    complete = multiline.finish(client, reference) if sign == "-" else None
    if complete is None:
        client.fail("BATCH", multiline.INVALID, "There is no open batch of that name")
    elif not complete.failed:
        _say(client, complete)


def _say(client: IrcClient, complete: OpenBatch) -> None:
    if complete.label:
        client.tell(LabelBegin(complete.label))
    text = JOIN.join(complete.lines)
    if any(map(str.strip, complete.lines)):
        send_to_all(client, complete.command, complete.target, text)
    else:
        client.fail("BATCH", multiline.INVALID, "A message has a line that is not blank")
    if complete.label:
        client.tell(LabelEnd())


COMMANDS = {"BATCH": Command(batch, 1, answers_later=True)}
