"""Every kind of record, and every change, is known wherever there is a list of them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from netchat.state import judge
from netchat.state.changes import AnyWhat, DeleteLines, OwnName, What
from netchat.state.records import KINDS, AnyRecord, Record
from netchat.state.site_changes import AnySiteWhat, Reach


def test_every_kind_of_record_can_be_stored_and_read() -> None:
    kinds = {str(kind.__struct_config__.tag): kind for kind in Record.__subclasses__()}
    assert kinds == KINDS
    assert set(get_args(AnyRecord)) == set(KINDS.values())


def test_every_change_has_a_rule() -> None:
    own = {OwnName, DeleteLines}
    # Reach is of one journal, and in no log.
    known = {*get_args(AnyWhat), *get_args(AnySiteWhat), Reach}
    assert known == set(What.__subclasses__()) == {*judge._RULES, *own}


@pytest.mark.parametrize("union", [AnyRecord, AnyWhat | AnySiteWhat])
def test_no_two_have_one_tag(union: object) -> None:
    tags = [each.__struct_config__.tag for each in get_args(union)]
    assert len(tags) == len(set(tags))
    assert msgspec.msgpack.Decoder(union)
