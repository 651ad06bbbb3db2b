"""Which names are valid, and when two names are equivalent."""

from __future__ import annotations

import sys
import unicodedata
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from netchat.model.names import BadNameError, check_name, check_room, equivalent
from netchat.model.registry import NameRegistry
from netchat.model.sanitize import sanitize
from netchat.testing import Network

NAME_CHARACTERS = st.one_of(
    st.sampled_from("_.-"), st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo", "Nd"])
)

MARKS = st.characters(categories=["Mn", "Me", "Mc"])
# Soft_Dotted, PropList.txt of Unicode 16: letters drawn with a dot unless a mark is above them.
# Older versions of Python do not know the last three as letters.
SOFT_DOTTED_LETTERS = [
    *"ij\u012f\u0249\u0268\u029d\u02b2\u03f3\u0456\u0458\u1d62\u1d96\u1da4\u1da8\u1e2d\u1ecb\u2071",
    *filter(str.isalpha, "\u2148\u2149\u2c7c\U0001df1a\U0001e04c\U0001e04d\U0001e068"),
    *(chr(first + 52 * font) for first in (0x1D422, 0x1D423) for font in range(13)),
]


@pytest.mark.parametrize(
    "name",
    ["A", "x" * 32, "Zoë", "Жанна", "名前", "أحمد", "नमस्ते", "r2.d2_c", "٣٤", "a\u0308" * 32],
)
def test_a_name_has_letters_marks_and_digits_of_any_script(name: str) -> None:
    assert check_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    ["", "x" * 33, "a b", "a\tb", "a\u00a0b", "a\u3000b", "a\x00", "\x1b[2J", "a\u202eb",
     "a\u200bb", "a\u200db", "a\ufeff", "a{b", "a:b", "a/b", "²", "½", "😀",
     "\u3164", "x" * 5000, "a\ufe0f", "a\U00016fe4"],
)  # fmt: skip
def test_whitespace_controls_symbols_and_invisible_characters_are_refused(name: str) -> None:
    with pytest.raises(BadNameError):
        check_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a" + "\u0335" * 9, "at most 8 marks"),
        ("a" + "\u0335" * 31, "at most 8 marks"),
        ("e\u0301" + "\u0489\u0336" * 4 + "\u0335", "at most 8 marks"),
        ("\u0335" * 8, "begin with a mark"),
        ("\u0301a", "begin with a mark"),
        ("\u093e\u0928", "begin with a mark"),
    ],
)
def test_a_name_has_few_marks_in_a_row_and_does_not_begin_with_one(name: str, why: str) -> None:
    for check in (check_name, check_room):
        with pytest.raises(BadNameError, match=f"{why}.*; choose another one"):
            check(name)


@pytest.mark.parametrize(
    "name",
    [
        "a" + "\u0335" * 8,
        "e\u0301" + "\u0335" * 8,
        "_x\u0331",
        "-7-",
        "_.-",
        "İsmail",
        "Işıl",
        "Nguyễn-Thị",
        "Ži̇̀vilė",
        "i̇́sakas",
        "J̌on",
        "Dvořák",
        "שָׁלוֹם",
        "مُحَمَّد",
        "क्षत्रिय",
        "ကျော်",
        "น้ำผึ้ง",
        "བསྒྲུབས",
    ],
)
def test_a_real_name_keeps_all_its_marks(name: str) -> None:
    name = unicodedata.normalize("NFC", name)
    assert check_name(name) == check_room(name) == sanitize(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "server",
        "Admin",
        "ROOT",
        "system",
        "netchat",
        "аdmin",
        "ADMlN",
        "you",
        "admi\u0307n",
        "ADMİN",
    ],
)
def test_reserved_names_are_refused_in_every_spelling(name: str) -> None:
    with pytest.raises(BadNameError, match="is reserved"):
        check_name(name)


def test_a_room_may_have_fifty_characters_and_follows_the_same_rules() -> None:
    assert check_room("x" * 50) == "x" * 50
    for name in ("x" * 51, "no way", "Server", ""):
        with pytest.raises(BadNameError):
            check_room(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICE"),
        ("straße", "STRASSE"),
        ("Σας", "σασ"),
        ("Ｂｏｂ", "bob"),
        ("ﾊﾟﾊﾟ", "パパ"),
        ("paypal", "раураl"),
        ("bob", "ВОВ"),
        ("Ian", "lan"),
        ("user0", "userO"),
        ("admin", "ADMlN"),
        ("Alice", "AL1CE"),
        ("Bill", "BlLL"),
        ("Lily", "LlLY"),
        ("modern", "modem"),
        ("Ångström", "A\u030angstro\u0308m"),
        ("Alice", "Ali\u0307ce"),
        ("Alice", "Alı\u0307ce"),
        ("Alice", "Al\u0456\u0307ce"),
        ("Alice", "ALİCE"),
        ("ismail", "İsmail"),
        ("john", "j\u0307ohn"),
        ("john", "ȷohn"),
        ("john", "ȷ\u0307ohn"),
        ("john", "𝚥ohn"),
        ("john", "\u0575ohn"),
        ("is", "ıs"),
        ("ian", "l\u0307an"),
        ("ian", "1\u0307an"),
        ("ị", "i\u0323\u0307"),
        ("į", "į\u0307"),
        ("í", "i\u0307\u0301"),
        ("Zoë", "Zoë\u0308"),
        ("sun", "ſun"),
        ("fine", "ﬁne"),
        ("office", "oﬃce"),
        ("GROSS", "groß"),
        ("Bijl", "Bĳl"),
        ("oeuvre", "œuvre"),
        ("user1", "user١"),
    ],
)
def test_names_in_another_case_width_or_look_are_equivalent(one: str, other: str) -> None:
    assert equivalent(one, other)
    assert equivalent(other, one)


def alike() -> list[tuple[str, str]]:
    """Return 240 pairs of names that a person would mistake for each other."""
    random = Random(6)
    confusable = {
        "a": "а", "c": "сϲ", "e": "е", "i": "іі", "j": "ј", "o": "оο", "p": "рр", "s": "ѕ",
        "x": "х", "y": "у", "v": "ν", "A": "АΑ", "B": "ВΒ", "E": "ЕΕ", "H": "НΗ", "K": "КΚ",
        "M": "МΜ", "O": "ОΟ0", "P": "РΡ", "T": "ТΤ", "X": "ХΧ", "l": "1I", "I": "l1", "0": "O",
    }  # fmt: skip
    letters = "abcdefghijklmnopqrstuvwxyz"
    accented = ["é", "ü", "ñ", "ç", "å", "ő", "ž", "ệ", "ḍ", "й", "ї", "ά", "が", "한"]
    pairs = []
    for kind in ("case", "width", "script", "normal form", "all") * 48:
        name = "".join(random.choice(letters) for _ in range(random.randint(3, 12)))
        name = name[:1].upper() + name[1:] if random.random() < 0.5 else name
        spot = random.randrange(len(name))
        match kind:
            case "case":
                other = name.swapcase()
            case "width":
                other = "".join(chr(ord(char) + 0xFEE0) for char in name)
            case "script":
                name += random.choice("ceopx")
                other = "".join(confusable.get(char, char)[0] for char in name)
            case "normal form":
                name = name[:spot] + random.choice(accented) + name[spot:]
                written = random.choice([name, name.upper()])
                other = unicodedata.normalize("NFD", written)
            case _:
                name = name[:spot] + random.choice("oO0lI") + name[spot:]
                other = name[:spot] + random.choice(confusable[name[spot]]) + name[spot + 1 :]
                other = unicodedata.normalize("NFD", other)
        pairs.append((name, other))
    return pairs


def test_of_200_pairs_that_look_alike_the_second_is_always_refused() -> None:
    pairs = alike()
    assert len(set(pairs)) >= 200
    network = Network("--max-renames", "0", "--login-tries", "0")
    nick, eve = network.join("Nick-0"), network.guest()
    for name, other in pairs:
        assert name != other
        nick.say(f"/nick {name}")
        assert nick.heard()[-1].endswith(f" is now {unicodedata.normalize('NFC', name)}"), name
        eve.say(other)
        answer = eve.heard()
        refused = [line for line in answer if line.startswith("! ")]
        assert refused, (name, other)
        assert "taken" in refused[0] or "looks too much like" in refused[0], (name, other)
        nick.say("/nick Nick-0")
        nick.heard()
    assert network.service.factory.chat.participants.people == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Anne"),
        ("ian", "lan"),
        ("Bob", "Rob"),
        ("guest1", "guest2"),
        ("Zoë", "Zoe"),
        ("ḷan", "lan"),
        ("ian", "ïan"),
        ("ian", "ịan"),
        ("lan", "l\u0307an"),
        ("Çelik", "Celik"),
        ("Żak", "Zak"),
        ("\u0d15\u0d46\u0d46", "\u0d15\u0d46"),
    ],
)
def test_names_that_look_different_are_not_equivalent(one: str, other: str) -> None:
    assert not equivalent(one, other)


@given(st.text(NAME_CHARACTERS, min_size=1, max_size=32))
def test_a_name_is_equivalent_to_itself_in_upper_and_in_lower_case(name: str) -> None:
    name = unicodedata.normalize("NFC", name)
    assert equivalent(name, name.upper())
    assert equivalent(name, name.lower())


@given(st.text(st.one_of(NAME_CHARACTERS, st.sampled_from(SOFT_DOTTED_LETTERS)), min_size=1))
def test_a_dot_on_a_dotted_letter_makes_an_equivalent_name(name: str) -> None:
    assert equivalent(name, "".join(c + "\u0307" * (c in SOFT_DOTTED_LETTERS) for c in name))


@pytest.mark.parametrize("letter", SOFT_DOTTED_LETTERS)
def test_a_dot_on_each_dotted_letter_is_invisible(letter: str) -> None:
    assert equivalent(f"x{letter}x", f"x{letter}\u0307x")
    assert equivalent(f"x{letter}x", f"x{letter}\u0307\u0307x")
    assert equivalent(f"x{letter}\u0323x", f"x{letter}\u0307\u0323x")
    assert not equivalent(f"x{letter}\u0301x", f"x{letter}\u0301\u0307x")


def test_a_repeated_mark_makes_an_equivalent_name() -> None:
    characters = map(chr, range(0x300, sys.maxunicode + 1))
    marks = [char for char in characters if unicodedata.category(char) in ("Mn", "Me")]
    assert len(marks) > 1500
    for mark in marks:
        assert equivalent(f"a{mark}b", f"a{mark}{mark}b"), ascii(mark)
        assert equivalent(f"a{mark}b", f"a{mark * 5}b"), ascii(mark)


@given(st.text(st.one_of(NAME_CHARACTERS, MARKS), max_size=40))
def test_sanitizing_does_not_change_a_name(text: str) -> None:
    try:
        name = check_name(text)
    except BadNameError:
        return
    assert sanitize(name) == name
    assert not unicodedata.category(name[0]).startswith("M")


@given(st.text(max_size=40))
def test_any_text_is_a_valid_name_or_is_refused_with_a_sentence(text: str) -> None:
    try:
        name = check_name(text)
    except BadNameError as error:
        event(sentence := str(error))
        assert sentence.endswith(".")
    else:
        assert check_name(name) == name
        assert 1 <= len(name) <= 32


def test_a_registry_finds_an_entry_by_every_equivalent_name() -> None:
    registry: NameRegistry[int] = NameRegistry()
    registry.register("Ian", 1)
    registry.register("Bob", 2)
    assert [registry.find(name) for name in ("Ian", "ian", "lan", "ВОВ", "Carol")] == [
        1, 1, 1, 2, None,
    ]  # fmt: skip
    assert list(registry) == [1, 2]


def test_an_unregistered_name_is_free_for_equivalent_names() -> None:
    registry: NameRegistry[int] = NameRegistry()
    registry.register("Ian", 1)
    registry.unregister("Ian")
    assert registry.find("lan") is None
    assert len(registry) == 0


def test_a_name_may_be_equivalent_to_several_that_are_not_equivalent_to_each_other() -> None:
    registry: NameRegistry[str] = NameRegistry()
    registry.register("lan", "lan")
    registry.register("ian", "ian")
    assert list(registry.holders("Ian")) == ["ian", "lan"]
    assert registry.find("Ian") == "ian"
    assert registry.find("lan") == "lan"


def test_an_entry_under_two_names_is_found_under_both_and_removed_from_both() -> None:
    registry: NameRegistry[int] = NameRegistry()
    registry.register("Ian", 1, "ian")
    assert [*registry.holders("lan")] == [*registry.holders("IAN")] == [1]
    assert len(registry) == 1
    registry.unregister("Ian", "ian")
    assert not len(registry)
    assert not any(map(registry.find, ("Ian", "ian", "lan")))
