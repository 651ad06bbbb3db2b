"""Every kind of record, and every change, is known wherever there is a list of them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, get_args

import msgspec
import pytest

from netchat.state import judge
from netchat.state.changes import DeleteLines, OwnName, What
from netchat.state.record import Record
from netchat.state.records import AnyRecord


def test_every_kind_of_record_can_be_stored_and_read() -> None:
    assert set(get_args(AnyRecord)) == set(Record.__subclasses__())


def test_every_change_has_a_rule() -> None:
    own = {OwnName, DeleteLines}
    assert set(What.__subclasses__()) == {*judge._RULES, *own}


@pytest.mark.parametrize("kinds", [get_args(AnyRecord), What.__subclasses__()])
def test_no_two_have_one_tag(kinds: list[Any]) -> None:
    tags = [each.__struct_config__.tag for each in kinds]
    assert len(tags) == len(set(tags))
    assert msgspec.msgpack.Decoder(reduce(or_, kinds))
