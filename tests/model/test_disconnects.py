"""The table of disconnects: complete, in the protocol's document, and the only one."""

from __future__ import annotations

import ast
import re

import pytest

from netchat.model import disconnects
from netchat.model.disconnects import banned, kicked, name_owned, storage_failure
from netchat.model.events import Closing
from tests.support.checkout import CHECKOUT

DISCONNECTS = [
    *(value for value in vars(disconnects).values() if isinstance(value, Closing)),
    storage_failure("The disk is full."),
    kicked("Bob", "spam"),
    banned("until 2026-01-01 12:00 UTC: spam"),
    name_owned("Bob"),
]
PROTOCOL = (CHECKOUT / "docs" / "protocol.md").read_text(encoding="utf-8")
PACKAGE = CHECKOUT / "netchat"


@pytest.mark.parametrize("closing", DISCONNECTS, ids=lambda closing: closing.reason)
def test_a_client_finds_every_reason_in_the_document_of_the_protocol(closing: Closing) -> None:
    assert f"`{closing.reason}`" in PROTOCOL


def test_the_document_names_no_other_reason() -> None:
    (row,) = re.findall(r"^\| `closing` \| `reason` \(([^)]*)\)", PROTOCOL, re.MULTILINE)
    before_login = re.findall(r"^\| `! [^|]*\| `([\w-]+)` \|", PROTOCOL, re.MULTILINE)
    reasons = {closing.reason for closing in DISCONNECTS}
    assert {*re.findall(r"`([\w-]+)`", row), *before_login} == reasons


def test_a_person_reads_one_sentence_for_each_disconnect_but_their_own() -> None:
    sentences = [closing.message for closing in DISCONNECTS if closing.reason != "bye"]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)


def test_the_server_has_no_disconnects_beside_the_table() -> None:
    places = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if any(isinstance(func, ast.Name) and func.id == "Closing" for func in calls):
            places.add(str(path.relative_to(PACKAGE)))
    # The client makes one up for a server that closes before it has chosen a dialect.
    assert places == {"model/disconnects.py", "client/conversation/decoder.py"}
