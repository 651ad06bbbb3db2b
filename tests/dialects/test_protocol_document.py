"""docs/protocol.md and the message types agree."""

from __future__ import annotations

import re

import msgspec
import pytest

from netchat.dialects.jsonl import events as json_events
from netchat.model import requests
from netchat.model.state_requests import StateRequest
from tests.support.checkout import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "protocol.md").read_text(encoding="utf-8")


def table(title: str) -> dict[str, str]:
    """Return the second cell of each row of the table under `title`, by the type in the first."""
    rows = DOCUMENT.partition(f"{title}\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return {row[0].split("`")[1]: row[1].strip(" |") if len(row) > 1 else "" for row in cells}


def fields(cell: str) -> set[str]:
    """Return the field names in a cell, without those in brackets."""
    return set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)|\{[^}]*\}|\[[^]]*\]", "", cell)))


def types(union: object) -> dict[str, type[msgspec.Struct]]:
    return {kind.__struct_config__.tag: kind for kind in union.__args__}  # type: ignore[attr-defined]


CASES = [
    *((title, tag, kind)
      for title, union in (
          ("Client to server", requests.AnyRequest | StateRequest),
          ("Server to client", json_events.AnyEvent))
      for tag, kind in types(union).items())
]  # fmt: skip


@pytest.mark.parametrize(("title", "tag", "kind"), CASES, ids=lambda case: str(case)[:20])
def test_the_document_names_each_field_and_whether_it_is_optional(
    title: str, tag: str, kind: type[msgspec.Struct]
) -> None:
    cell = table(title)[tag]
    required, _, optional = cell.partition("optional")
    known = msgspec.structs.fields(kind)
    everywhere = {"nonce"} if title == "Client to server" else set()
    assert fields(cell) | everywhere == {field.encode_name for field in known}
    if title == "Client to server":
        assert fields(required) == {field.encode_name for field in known if field.required}
        missing = {field.encode_name for field in known if not field.required}
        # The document says once, for all requests, that they have an optional nonce.
        assert fields(optional) | {"nonce"} == missing


@pytest.mark.parametrize("title", ["Client to server", "Server to client"])
def test_the_document_has_exactly_the_types_of_the_protocol(title: str) -> None:
    assert set(table(title)) == {tag for case, tag, _ in CASES if case == title}


def test_the_limits_of_a_welcome_are_those_of_the_document() -> None:
    named = re.search(r"`limits` \{([^}]*)\}", DOCUMENT)
    assert named is not None
    assert re.findall(r"`(\w+)`", named[1]) == [
        field.name for field in msgspec.structs.fields(json_events.WelcomeLimits)
    ]
