"""The rows of an SPSS file as words of eight bytes, in the order of the file.

Compressed by bytes, a command word holds eight codes: small numbers stand in the code itself, other
words follow behind the command. (PSPP developers' guide, "Data Record".)
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.spss_dictionary import WORD, Dictionary, Variable

BLOCK = 1 << 20
# Blocks packed by zlib are as large as the program made them.
_LARGEST = 1 << 22
# Codes of a command: nothing, end of the rows, the next word, blank text, no number.
_NOTHING, _END, _NEXT, _SPACES, _NO_NUMBER = 0, 252, 253, 254, 255
_COUNT = np.array([bin(number).count("1") for number in range(256)], dtype=np.int64)
_TRAILER, _ENTRY = 24, 24


class DamagedRows(ValueError):
    """The rows are cut off, or are not what their lengths say."""


@dataclass
class Rows:
    """Gives rows in order; it holds the place it has come to, so that each is decoded once."""

    file: SourceFile
    dictionary: Dictionary
    at: int = 0
    _held: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    _left: bytes = b""
    _block: int = 0
    _ended: bool = False

    def take(self, start: int, rows: int, words: np.ndarray) -> np.ndarray:
        """Return some words of so many rows from a place on, or of those that are left.

        Raises
        ------
        DamagedRows
        """
        if start < self.at:
            self._rewind()
        stated = self.dictionary.number_rows
        self._collect(start - self.at, words[:0])
        # A row more than the file states shows that the number is another one.
        wanted = rows if stated is None else max(0, min(rows, stated + 1 - start))
        return self._collect(wanted, words)

    def _rewind(self) -> None:
        self.at, self._held, self._left = 0, self._held[:0], b""
        self._block, self._ended = 0, False

    def _collect(self, rows: int, words: np.ndarray) -> np.ndarray:
        """Move forward by so many rows and return these words of them."""
        width, parts = self.dictionary.words, [np.zeros((0, len(words)), dtype=np.uint64)]
        left = rows
        while left:
            count = min(len(self._held) // width, left)
            if count:
                whole = self._held[: count * width].reshape(count, width)
                parts.append(whole.take(words, axis=1))
                self._held = self._held[count * width :]
                left, self.at = left - count, self.at + count
            elif not self._ended:
                self._held = np.concatenate([self._held, self._more()])
            elif len(self._held):
                raise DamagedRows
            else:
                break
        return np.concatenate(parts)

    def _more(self) -> np.ndarray:
        """The words of the next block."""
        data = self._bytes()
        if not self.dictionary.compression:
            whole = len(data) // WORD * WORD
            self._left, self._ended = data[whole:], self._ended or not data
            return np.frombuffer(data[:whole], dtype=np.uint64)
        decoded, self._left, ended = decode(data, _codes(self.dictionary), self._ended)
        self._ended = self._ended or ended
        return decoded

    def _bytes(self) -> bytes:
        """What was left of the block before, and the next one; notes where there is none."""
        zipped = self.dictionary.compression == 2
        data = self._unzipped() if zipped else self._plain()
        self._ended = not data
        if self._ended and len(self._left) % WORD:
            raise DamagedRows
        self._block += 1
        return self._left + data

    def _plain(self) -> bytes:
        with self.file.open() as opened:
            opened.seek(self.dictionary.data + self._block * BLOCK)
            return opened.read(BLOCK)

    def _unzipped(self) -> bytes:
        """The next block of a file packed by zlib; each says its length in a table behind them."""
        order = self.dictionary.order
        with self.file.open() as opened:
            opened.seek(self.dictionary.data)
            _, trailer, _ = _unpacked(f"{order}3q", opened.read(_TRAILER))
            opened.seek(trailer)
            _, _, largest, blocks = _unpacked(f"{order}2q2i", opened.read(_TRAILER))
            if self._block >= blocks:
                return b""
            opened.seek(trailer + _TRAILER + self._block * _ENTRY)
            entry = _unpacked(f"{order}2q2i", opened.read(_ENTRY))
            _, place, size, packed = entry
            if not (0 < size <= largest <= _LARGEST and 0 < packed <= 2 * _LARGEST and place > 0):
                raise DamagedRows
            opened.seek(place)
            return _inflated(opened.read(packed), size)


def _unpacked(form: str, data: bytes) -> tuple[int, ...]:
    if len(data) != struct.calcsize(form):
        raise DamagedRows
    return struct.unpack(form, data)


def _inflated(data: bytes, size: int) -> bytes:
    """A block unpacked to its stated size; zlib's own checksum is verified."""
    engine = zlib.decompressobj()
    try:
        plain = engine.decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedRows from error
    if len(plain) != size or not engine.eof:
        raise DamagedRows
    return plain


def _codes(dictionary: Dictionary) -> np.ndarray:
    """The word that each code stands for, in the file's own order of bytes."""
    numbers = np.arange(256, dtype=f"{dictionary.order}f8") - dictionary.bias
    numbers[_NO_NUMBER] = dictionary.blank
    words = numbers.astype(f"{dictionary.order}f8").view(np.uint64)
    words[_SPACES] = np.frombuffer(b" " * WORD, dtype=np.uint64)[0]
    return words


def decode(data: bytes, meaning: np.ndarray, last: bool) -> tuple[np.ndarray, bytes, bool]:
    """Return the words of a compressed block, what of it is left over, and whether rows end in it.

    Parameters
    ----------
    meaning : array of uint64, (256,)
        The word of each code.
    last : bool
        Whether no block follows, so that nothing may be left over.

    Examples
    --------
    >>> meaning = np.arange(256, dtype=np.uint64)
    >>> block = bytes([101, 253, 0, 0, 0, 0, 0, 252]) + (7).to_bytes(8, "little")
    >>> decode(block, meaning, False)
    (array([101,   7], dtype=uint64), b'', True)
    """
    words = np.frombuffer(data[: len(data) // WORD * WORD], dtype=np.uint64)
    octets = words.view(np.uint8).reshape(-1, WORD)
    following = _COUNT[np.packbits(octets == _NEXT, axis=None)] if len(words) else words
    is_command = commands_among(following)
    end = len(is_command)
    if last and end != len(words):
        raise DamagedRows
    codes = octets[:end][is_command].reshape(-1)
    spelled = words[:end][~is_command]
    ends = np.flatnonzero(codes == _END)
    if len(ends):
        codes = codes[: ends[0]]
    codes = codes[codes != _NOTHING] if (codes == _NOTHING).any() else codes
    decoded = meaning[codes]
    places = np.flatnonzero(codes == _NEXT)
    decoded[places] = spelled[: len(places)]
    return decoded, data[end * WORD :], bool(len(ends))


def commands_among(following: np.ndarray) -> np.ndarray:
    """Return which words are commands, up to the end of the last whole one.

    The first word is a command, and each is behind the words that follow the one before; those may
    look like commands themselves.

    Parameters
    ----------
    following : array of integers, (words,)
        How many words would follow each, were it a command.

    Examples
    --------
    >>> commands_among(np.array([1, 3, 0, 2]))
    array([ True, False,  True])
    """
    openers = np.flatnonzero(following)
    behind = openers + 1 + following[openers].astype(np.int64)
    true = _not_inside(openers, behind)
    openers, behind = openers[true], behind[true]
    end = len(following)
    if len(behind) and behind[-1] > end:
        end, openers, behind = int(openers[-1]), openers[:-1], behind[:-1]
    steps = np.zeros(end + 1, dtype=np.int8)
    # No two share a place: a command lies at or behind the end of the one before.
    steps[openers + 1], steps[behind] = 1, -1
    return np.asarray(steps[:end].cumsum(dtype=np.int8) == 0)


def _not_inside(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which stretches begin in no earlier one of those that themselves begin in none.

    Only those that begin before some earlier one ends are doubtful, and looked at one by one.
    """
    true = np.ones(len(starts), dtype=bool)
    if not len(starts):
        return true
    doubtful = np.flatnonzero(starts[1:] < np.maximum.accumulate(ends[:-1])) + 1
    last, end = -1, 0
    for place, start, own, before in zip(
        *(doubtful.tolist(), starts[doubtful].tolist(), ends[doubtful].tolist()),
        ends[doubtful - 1].tolist(),
        strict=True,
    ):
        # What lies between two doubtful ones is true, the nearest of it ends last.
        end = end if last == place - 1 else before
        true[place], last = start >= end, place
        end = own if start >= end else end
    return true


def numbers(words: np.ndarray, variable: Variable, dictionary: Dictionary) -> np.ndarray:
    """Return a column of numbers, NaN where there is none."""
    column = np.ascontiguousarray(words[:, variable.place])
    values = column.view(f"{dictionary.order}f8").astype("float64")
    values[values == dictionary.blank] = np.nan
    return values


def letters(words: np.ndarray, variable: Variable) -> np.ndarray:
    """Return the bytes of a column of text, those of a long one from all its segments."""
    octets = np.ascontiguousarray(words[:, variable.place : variable.place + variable.words])
    cells = octets.view(np.uint8).reshape(len(words), variable.words * WORD)
    if variable.width > 255:
        # 255 of the 256 bytes of each segment hold text; they are packed without a gap.
        kept = np.flatnonzero(np.arange(cells.shape[1]) % 256 != 255)
        cells = cells[:, kept]
    return cells[:, : variable.width]
