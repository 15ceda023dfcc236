"""Compressed rows of SPSS, decoded by columns, against the loop of the format's description."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.cohort.formats.spss_rows import DamagedRows, commands_among, decode

MEANING = np.arange(1000, 1256, dtype=np.uint64)
# Codes as files hold them, the ones with a meaning of their own often.
CODES = st.one_of(st.sampled_from([0, 252, 253, 253, 254, 255]), st.integers(0, 255))
WORDS = st.lists(st.lists(CODES, min_size=8, max_size=8).map(bytes), max_size=40)


def walked(following: list[int]) -> list[bool]:
    """Word after word, each command behind the words of the one before."""
    places, place = [], 0
    while place < len(following):
        places.append(place)
        place += 1 + following[place]
    end = places.pop() if place > len(following) else place
    return [at in places for at in range(end)]


def spelled_out(data: bytes) -> tuple[list[int], bytes, bool]:
    """The words of a block, code after code; what is not whole stays behind."""
    words = [data[at : at + 8] for at in range(0, len(data) // 8 * 8, 8)]
    decoded, place, ended = [], 0, False
    while place < len(words):
        behind = place + 1 + words[place].count(253)
        if behind > len(words):
            break
        own = iter(words[place + 1 : behind])
        for code in words[place] if not ended else b"":
            if code == 252:
                ended = True
                break
            if code:
                own_word = code == 253
                decoded.append(
                    int.from_bytes(next(own), "little") if own_word else int(MEANING[code])
                )
        place = behind
    return decoded, data[place * 8 :], ended


@given(st.lists(st.integers(0, 8), max_size=80))
def test_commands_lie_where_a_walk_word_by_word_finds_them(following: list[int]) -> None:
    assert commands_among(np.array(following, dtype=np.int64)).tolist() == walked(following)


@given(WORDS, st.binary(max_size=7), st.data())
def test_a_block_cut_off_or_with_flipped_bits_decodes_as_code_by_code(
    words: list[bytes], rest: bytes, data: st.DataObject
) -> None:
    block = bytearray(b"".join(words) + rest)
    for at in data.draw(st.lists(st.integers(0, max(0, len(block) * 8 - 1)), max_size=3)):
        if block:
            block[at // 8] ^= 1 << at % 8
    cut = bytes(block[: data.draw(st.integers(0, len(block)))])
    decoded, left, ended = decode(cut, MEANING, False)
    assert (decoded.tolist(), left, ended) == spelled_out(cut)


@given(WORDS)
def test_a_last_block_with_words_that_no_command_announced_whole_is_damaged(
    words: list[bytes],
) -> None:
    block = b"".join(words)
    decoded, left, _ = spelled_out(block)
    if left:
        with pytest.raises(DamagedRows):
            decode(block, MEANING, True)
    else:
        assert decode(block, MEANING, True)[0].tolist() == decoded
