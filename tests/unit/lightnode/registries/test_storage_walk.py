"""Walking storage: shared rounds, nothing asked twice, bounds on everything, and words that are missing or wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lightnode.registries import solidity_storage as layout
from lightnode.registries.errors import RegistryReadingError, StorageFormError, WalkLimitError, WordsMissingError
from lightnode.registries.storage_walk import Plan, Walk, WalkLimits, ask, missing_slots, together, walk
from tests.support.solidity_writer import SolidityWriter

LONG = bytes(range(1, 101))


class Prover:
    """Gives words and notes each question."""

    def __init__(self, words: Mapping[int, int]) -> None:
        self.words = words
        self.questions: list[tuple[int, ...]] = []

    def __call__(self, slots: tuple[int, ...]) -> Mapping[int, int]:
        self.questions.append(slots)
        return {slot: self.words.get(slot, 0) for slot in slots}


def written(slot: int, content: bytes) -> SolidityWriter:
    made = SolidityWriter()
    made.store_bytes(slot, content)
    return made


@pytest.mark.parametrize("size", [0, 1, 30, 31, 32, 33, 63, 64, 65, 100])
def test_byte_strings_of_every_form(size: int) -> None:
    content = LONG[:size]
    assert walk(layout.blob(7, 100), Prover(written(7, content).words)) == content


def test_side_by_side_readings_share_their_rounds_and_ask_nothing_twice() -> None:
    made = written(7, LONG)
    for slot in (8, 9):
        made.store_bytes(slot, LONG)
    prover = Prover(made.words)
    plans = [layout.blob(slot, 100) for slot in (7, 8, 9, 7)]
    assert walk(together(plans), prover) == [LONG] * 4
    assert [len(question) for question in prover.questions] == [3, 12]
    asked = [slot for question in prover.questions for slot in question]
    assert len(set(asked)) == len(asked)


def test_a_walk_by_hand_says_what_it_wants_until_it_is_whole() -> None:
    made = written(7, LONG)
    going = Walk(layout.blob(7, 100))
    assert going.wanted == (7,)
    with pytest.raises(WordsMissingError):
        _ = going.value
    going.take({7: made.words[7], 99: 5})
    assert len(going.wanted) == 4
    going.take({slot: made.words[slot] for slot in going.wanted})
    assert (going.wanted, going.value, going.rounds, going.slots) == ((), LONG, 2, 5)


def test_words_at_hand_tell_which_are_missing() -> None:
    made = written(7, LONG)
    data = [made.data_of(7) + index for index in range(4)]
    known = {7: made.words[7], data[0]: made.words[data[0]]}
    assert missing_slots(layout.blob(7, 100), lambda slot: None) == (7,)
    assert missing_slots(layout.blob(7, 100), known.get) == tuple(data[1:])
    assert missing_slots(layout.blob(7, 100), made.words.get) == ()


@pytest.mark.parametrize("word", [None, -1, 1 << 256])
def test_what_is_no_proven_word_ends_the_walk(word: int | None) -> None:
    words = {} if word is None else {7: word}
    with pytest.raises(WordsMissingError):
        walk(layout.blob(7, 100), lambda slots: words)


def test_rounds_and_slots_are_bounded() -> None:
    def endless() -> Plan[None]:
        slot = 0
        while True:
            (_,) = yield from ask(slot)
            slot += 1

    prover = Prover({})
    with pytest.raises(WalkLimitError):
        walk(endless(), prover, WalkLimits(rounds=5, slots=100))
    assert len(prover.questions) == 5
    with pytest.raises(WalkLimitError):
        walk(ask(*range(11)), prover, WalkLimits(rounds=5, slots=10))


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (2 * 31 + 1, StorageFormError),  # 31 bytes in the long form
        (1, StorageFormError),  # no bytes in the long form
        (2 * 32, StorageFormError),  # 32 bytes in the short form
        (int.from_bytes(b"ab" + bytes(29) + b"\x02", "big"), StorageFormError),  # one byte, then another
        (2 * 101 + 1, WalkLimitError),
        ((1 << 256) - 1, WalkLimitError),
    ],
)
def test_other_forms_of_a_byte_string_are_refused(head: int, error: type[RegistryReadingError]) -> None:
    with pytest.raises(error):
        walk(layout.blob(7, 100), Prover({7: head}))


def test_bytes_behind_the_end_are_refused_unless_the_field_passes_over_them() -> None:
    made = written(7, LONG)
    last = made.data_of(7) + 3
    made.words[last] |= 1
    with pytest.raises(StorageFormError):
        walk(layout.blob(7, 100), Prover(made.words))
    assert walk(layout.blob(7, 100, pass_over_tail=True), Prover(made.words)) == LONG


def test_texts_and_lists() -> None:
    made = SolidityWriter()
    for item in ("a", "Grüße " * 20, ""):
        made.store_bytes(made.push(5), item)
    assert walk(layout.texts(5, 3, 200), Prover(made.words)) == ("a", "Grüße " * 20, "")
    with pytest.raises(WalkLimitError):
        walk(layout.texts(5, 2, 200), Prover(made.words))
    with pytest.raises(WalkLimitError):
        walk(layout.texts(5, 3, 20), Prover(made.words))
    with pytest.raises(StorageFormError):
        walk(layout.text(7, 9), Prover(written(7, b"\xff\xfe").words))


@pytest.mark.parametrize(("word", "read"), [(1 << 160, layout.address_word), (2, layout.flag)])
def test_words_wider_than_their_type_are_refused(word: int, read: object) -> None:
    with pytest.raises(StorageFormError):
        read(word)  # type: ignore[operator]
