"""What `/help` shows: the commands for a topic, or what one command does."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.dialects.text.client_commands import CLIENT_COMMANDS
from netchat.dialects.text.commands import ALL_COMMANDS, TOPICS

_MAX_WIDTH = 28


def help_texts(topic: str, *, in_client: bool = False) -> Iterator[str]:
    """Yield the lines for `topic`, one of TOPICS, or a command, such as "/join".

    `in_client`: the reader can use the commands of the netchat client, too.
    """
    if topic.startswith("/"):
        return _about(topic[1:])
    return _list(topic, in_client=in_client)


def _list(topic: str, *, in_client: bool) -> Iterator[str]:
    commands = [*TOPICS[topic].values()]
    if in_client and not topic:
        commands += CLIENT_COMMANDS.values()
    width = min(_MAX_WIDTH, max(len(command.usage) for command in commands))
    for command in commands:
        usage = command.usage
        if len(usage) > width:
            yield f"* {usage}"
            usage = ""
        yield f"* {usage:<{width}}  {command.purpose}"
    if not topic:
        yield f"* {'//TEXT':<{width}}  say /TEXT"


def _about(word: str) -> Iterator[str]:
    command = ALL_COMMANDS[word]
    yield f"* {command.usage}: {command.purpose}"
    for detail in command.details:
        yield f"* {detail}"
    if word in CLIENT_COMMANDS:
        yield "* Only the netchat client has it."
    if command.aliases:
        yield f"* Also: {', '.join(f'/{alias}' for alias in command.aliases)}"
