"""The inner loops, as plain Python that numba may compile; numba itself is optional.

Every loop here adds whole numbers, so a compiled loop, the plain loop and NumPy give the same
bytes. Patterns are built, and look-ups made, in vector registers where the processor has them
(:mod:`predict.models.families.attribution.registers`); elsewhere look-ups are ordinary loops.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from inspect import getsource
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

TILE = 256  # rows come in multiples of so many: four registers of the widest
LINE = 64  # bytes of a cache line and of a register

Array = npt.NDArray[Any]


class Kernels(NamedTuple):
    """Compiled loops, rows that stand side by side in a register, and entries it picks from.

    ``lanes`` is 1 and ``entries`` 0 where look-ups are ordinary loops.
    """

    encode: Callable[..., None]
    add_up: Callable[..., None]
    lanes: int
    entries: int


def encode(
    X: Array, feature: Array, start: Array, threshold: Array, lanes: int, codes: Array
) -> None:
    """Write the codes of the rows of X, four bytes to a word of ``codes``.

    Codes are (2 x planes) x words: with missing the largest, then with missing the smallest. Row
    ``lanes * j + i`` of each ``4 * lanes`` rows is byte j of word i, which is where 32-bit sums of
    four neighbouring bytes end up.
    """
    planes = len(feature)
    values = np.zeros((planes, TILE), dtype=np.float32)
    counts = np.empty(TILE, dtype=np.int32)
    for begin in range(0, X.shape[0], TILE):
        for r in range(min(TILE, X.shape[0] - begin)):
            for plane in range(planes):
                values[plane, r] = X[begin + r, feature[plane]]
        words = slice(begin // 4, begin // 4 + TILE // 4)
        for plane in range(planes):
            count_all(values[plane], threshold[start[plane] : start[plane + 1]], counts)
            pack(counts, lanes, 0, codes[plane, words])
            pack(counts, lanes, 1, codes[planes + plane, words])


def count_all(values: Array, threshold: Array, counts: Array) -> None:
    """Count the thresholds at or below each value by looking at every one; 255 where missing."""
    for r in range(TILE):
        counts[r] = 0 if values[r] == values[r] else 255
    for t in range(len(threshold)):
        limit = threshold[t]
        for r in range(TILE):
            counts[r] += 1 if values[r] >= limit else 0


def pack(codes: Array, lanes: int, more: int, words: Array) -> None:
    """Write codes, ``more`` added to each byte, four to a word."""
    for block in range(0, TILE, 4 * lanes):
        first, second = codes[block : block + lanes], codes[block + lanes : block + 2 * lanes]
        third = codes[block + 2 * lanes : block + 3 * lanes]
        fourth = codes[block + 3 * lanes : block + 4 * lanes]
        into = words[block // 4 : block // 4 + lanes]
        for i in range(lanes):
            low = ((first[i] + more) & 255) | ((second[i] + more) & 255) << 8
            high = ((third[i] + more) & 255) | ((fourth[i] + more) & 255) << 8
            into[i] = low | high << 16


def set_bits(
    codes: Array,
    begin: int,
    code: Array,
    limit: Array,
    first: int,
    last: int,
    patterns: Array,
    row: int,
    rows: int,
) -> None:
    """Write a row of patterns: one bit for each split first..last, set where a row goes left."""
    patterns[row, :rows] = 0
    for b in range(first, last):
        meets = codes[code[b], begin : begin + rows] < limit[b]
        patterns[row, :rows] |= meets.astype(np.uint8) << np.uint8(b - first)


def add_run(
    table: Array,
    place: Array,
    owner: Array,
    first: int,
    last: int,
    patterns: Array,
    sums: Array,
    row: int,
    rows: int,
    entries: int,
    length: int,
) -> None:
    """Add the entries of the tables first..last, of so many bytes each, to a row of sums.

    Compiled, byte ``4i + j`` of a register of patterns belongs to row ``lanes * j + i``.
    """
    for number in range(first, last):
        for byte in range(length):
            begin = place[number] + byte * entries
            values = table[begin : begin + entries][patterns[owner[number], :rows]]
            sums[row, :rows] += values.astype(np.int32) << np.int32(8 * byte)


def add_in_registers(
    codes: Array,
    bit_start: Array,
    bit_code: Array,
    bit_limit: Array,
    chunk_group: Array,
    chunk_run: Array,
    run_column: Array,
    run_entries: Array,
    run_length: Array,
    run_look_up: Array,
    place: Array,
    owner: Array,
    table: Array,
    start: Array,
    unit: float,
    tile: int,
    sums: Array,
    patterns: Array,
    values: Array,
    totals: Array,
) -> None:
    """Write the contributions (rows x features) and their sums, from codes padded to whole tiles.

    ``sums`` (features x tile and more) and ``patterns`` (groups x tile and more) are scratch.
    """
    for begin in range(0, len(values), tile):
        rows = min(tile, whole_tiles(len(values) - begin))
        for f in range(len(start)):
            sums[f, :rows] = start[f]
        for chunk in range(len(chunk_group) - 1):
            low = chunk_group[chunk]
            for g in range(low, chunk_group[chunk + 1]):
                first, last = bit_start[g], bit_start[g + 1]
                set_bits(codes, begin, bit_code, bit_limit, first, last, patterns, g - low, rows)
            for r in range(chunk_run[chunk], chunk_run[chunk + 1]):
                first, last, kind = run_look_up[r], run_look_up[r + 1], run_entries[r]
                f, length = run_column[r], run_length[r]
                add_run(table, place, owner, first, last, patterns, sums, f, rows, kind, length)
        end = min(begin + rows, len(values))
        write_out(sums, unit, values[begin:end], totals[begin:end])


def add_in_memory(
    codes: Array,
    bit_start: Array,
    bit_code: Array,
    bit_limit: Array,
    width: Array,
    offset: Array,
    column_start: Array,
    column: Array,
    table: Array,
    unit: float,
    tile: int,
    sums: Array,
    patterns: Array,
    values: Array,
    totals: Array,
) -> None:
    """Write what :func:`add_in_registers` writes, by ordinary look-ups of 32-bit entries."""
    for begin in range(0, len(values), tile):
        rows = min(tile, whole_tiles(len(values) - begin))
        sums[:] = 0
        for g in range(len(width)):
            first, last = bit_start[g], bit_start[g + 1]
            set_bits(codes, begin, bit_code, bit_limit, first, last, patterns, 0, rows)
            base = offset[g]
            for c in range(column_start[g], column_start[g + 1]):
                add_one(table[base : base + (1 << width[g])], patterns[0], sums[column[c]], rows)
                base += 1 << width[g]
        end = min(begin + rows, len(values))
        write_out(sums, unit, values[begin:end], totals[begin:end])


def whole_tiles(rows: int) -> int:
    """Round up to what the registers take at a time."""
    return (rows + TILE - 1) // TILE * TILE


def add_one(table: Array, pattern: Array, sums: Array, rows: int) -> None:
    """Add the entries of one table to a feature's sums."""
    for r in range(rows):
        sums[r] += table[pattern[r]]


def write_out(sums: Array, unit: float, values: Array, totals: Array) -> None:
    """Turn the whole numbers of a tile into log-odds, row by row."""
    for r in range(len(values)):
        total = 0
        for f in range(len(sums)):
            total += sums[f, r]
            values[r, f] = sums[f, r] * unit
        totals[r] = total * unit


HELPERS = (count_all, pack, whole_tiles, add_one, write_out)


def aligned(shape: tuple[int, ...], kind: type) -> Array:
    """Return zeros that begin on a cache line: a register is then filled in one access."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    space = np.zeros(size + LINE, dtype=np.uint8)
    begin = -space.ctypes.data % LINE
    return space[begin : begin + size].view(kind).reshape(shape)


def staggered(rows: int, columns: int, kind: type) -> Array:
    """Return scratch a line wider than asked: rows a power of two apart would clash in caches."""
    return aligned((rows, columns + LINE), kind)


@cache
def compiled() -> Kernels | None:
    """Compile the loops, or return None where numba is not installed."""
    try:
        import numba
    except ImportError:
        return None
    return built(_jit(numba))


def built(jit: Callable[[Callable[..., None]], Callable[..., None]]) -> Kernels:
    """Return the loops that suit this processor, compiled when first called."""
    from numba.extending import register_jitable

    from predict.models.families.attribution import registers, vectors

    for helper in HELPERS:
        register_jitable(helper)
    registers.teach(set_bits, add_run)
    processor = vectors.chosen()
    add_up = add_in_registers if processor.entries else add_in_memory
    return Kernels(jit(encode), jit(add_up), processor.lanes, processor.entries)


def loaded() -> bool:
    """Whether compiled loops are at hand without paying for numba's start."""
    return "numba" in sys.modules and compiled.cache_info().currsize > 0


def _jit(numba: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def jit(loop: Callable[..., None]) -> Callable[..., None]:
        stamped = named_after_sources(loop)
        try:
            return numba.njit(cache=True, nogil=True)(stamped)  # type: ignore[no-any-return]  # untyped
        except RuntimeError:
            # A read-only installation without a usable home has nowhere to keep compiled code.
            return numba.njit(nogil=True)(loop)  # type: ignore[no-any-return]  # untyped

    return jit


def named_after_sources(loop: Callable[..., None]) -> Callable[..., None]:
    """Return the same loop under a name that changes with every text it is compiled from.

    numba keeps compiled code by a function's name and the date of its own file; what it takes from
    other files may be edited, or downgraded, without that date changing.
    """
    code = loop.__code__.replace(co_name=f"{loop.__name__}_{sources()}")
    copy = FunctionType(code, loop.__globals__, code.co_name)
    copy.__qualname__ = code.co_name
    return copy


@cache
def sources() -> str:
    """Return a digest of the texts of all compiled loops."""
    from predict.models.families.attribution import registers, vectors

    try:
        texts = [getsource(module) for module in (sys.modules[__name__], registers, vectors)]
    except OSError:
        return ""  # Shipped without its texts, which nobody can edit then.
    return sha256("".join(texts).encode()).hexdigest()[:12]
