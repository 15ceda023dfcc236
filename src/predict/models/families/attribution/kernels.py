"""The inner loops, as plain Python that numba may compile; numba itself is optional.

Every loop here adds whole numbers, so a compiled loop, the plain loop and NumPy give the same
bytes. Where the processor has AVX-512, a table of up to 128 entries is held in registers and
sixteen rows are looked up at once; elsewhere the same call becomes an ordinary loop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

TILE = 256  # rows worked on at a time: their sums stay in the nearest cache
LINE = 64  # bytes of a cache line and of a register
FEW = 24  # up to so many thresholds, counting them all beats a binary search

Array = npt.NDArray[Any]


class Kernels(NamedTuple):
    """Compiled loops and whether the register look-up may be used."""

    encode: Callable[..., None]
    add_up: Callable[..., None]
    wide: bool


def encode(X: Array, feature: Array, start: Array, threshold: Array, codes: Array) -> None:
    """Write the codes (planes x rows) of the rows of X."""
    n = X.shape[0]
    values = np.empty(TILE, dtype=np.float32)
    found = np.empty(TILE, dtype=np.uint8)
    for begin in range(0, n, TILE):
        m = min(TILE, n - begin)
        for plane in range(len(feature)):
            low, high = start[plane], start[plane + 1]
            for r in range(m):
                values[r] = X[begin + r, feature[plane]]
            if high - low <= FEW:
                count_all(values, threshold[low:high], found)
            else:
                search(values, threshold[low:high], found)
            for r in range(m):
                missing = values[r] != values[r]
                codes[plane, begin + r] = 255 if missing else found[r]


def count_all(values: Array, threshold: Array, found: Array) -> None:
    """Count the thresholds at or below each value by looking at every one."""
    for r in range(TILE):
        found[r] = 0
    for t in range(len(threshold)):
        limit = threshold[t]
        for r in range(TILE):
            found[r] += values[r] >= limit


def search(values: Array, threshold: Array, found: Array) -> None:
    """Count the thresholds at or below each value by halving."""
    for r in range(TILE):
        at, size = 0, len(threshold)
        while size > 1:
            half = size // 2
            at += half if threshold[at + half - 1] <= values[r] else 0
            size -= half
        found[r] = at + (threshold[at] <= values[r])


def look_up_32(table: Array, base: int, pattern: Array, sums: Array, row: int) -> None:
    """Add ``table[base + pattern]`` to a row of sums; five bits a pattern."""
    sums[row] += table[base + pattern]


def look_up_64(table: Array, base: int, pattern: Array, sums: Array, row: int) -> None:
    """Add ``table[base + pattern]`` to a row of sums; six bits a pattern."""
    sums[row] += table[base + pattern]


def look_up_128(table: Array, base: int, pattern: Array, sums: Array, row: int) -> None:
    """Add ``table[base + pattern]`` to a row of sums; seven bits a pattern."""
    sums[row] += table[base + pattern]


def add_up(
    codes: Array,
    width: Array,
    offset: Array,
    bit_start: Array,
    bit_plane: Array,
    bit_shift: Array,
    bit_limit: Array,
    column_start: Array,
    column: Array,
    table: Array,
    unit: float,
    wide: bool,
    sums: Array,
    pattern: Array,
    values: Array,
    totals: Array,
) -> None:
    """Write the contributions (rows x features) and their sums, from codes padded to whole tiles.

    ``sums`` (features x TILE) and ``pattern`` (TILE) are scratch.
    """
    bits = np.empty(TILE, dtype=np.uint8)
    for begin in range(0, len(values), TILE):
        sums[:] = 0
        for g in range(len(width)):
            mine = slice(bit_start[g], bit_start[g + 1])
            tile = codes[:, begin : begin + TILE]
            set_bits(tile, bit_plane[mine], bit_shift[mine], bit_limit[mine], bits, pattern)
            base = offset[g]
            for c in range(column_start[g], column_start[g + 1]):
                if wide and width[g] == 5:
                    look_up_32(table, base, pattern, sums, column[c])
                elif wide and width[g] == 6:
                    look_up_64(table, base, pattern, sums, column[c])
                elif wide and width[g] == 7:
                    look_up_128(table, base, pattern, sums, column[c])
                else:
                    look_up_any(table, base, pattern, sums, column[c])
                base += 1 << width[g]
        write_out(sums, unit, values[begin : begin + TILE], totals[begin : begin + TILE])


def set_bits(
    codes: Array, plane: Array, shift: Array, limit: Array, bits: Array, pattern: Array
) -> None:
    """Write each row's pattern: one bit for each of the group's splits, set where it goes left."""
    bits[:] = 0
    value = np.uint8(1)
    for b in range(len(plane)):
        code, add, below = codes[plane[b]], shift[b], limit[b]
        for r in range(TILE):
            if np.uint8(code[r] + add) < below:
                bits[r] |= value
        value = np.uint8(value << 1)
    for r in range(TILE):
        pattern[r] = bits[r]


def look_up_any(table: Array, base: int, pattern: Array, sums: Array, row: int) -> None:
    """Add ``table[base + pattern]`` to a row of sums; any number of bits a pattern."""
    for r in range(TILE):
        sums[row, r] += table[base + pattern[r]]


def write_out(sums: Array, unit: float, values: Array, totals: Array) -> None:
    """Turn the whole numbers of a tile into log-odds, row by row."""
    for r in range(len(values)):
        total = 0
        for f in range(len(sums)):
            total += sums[f, r]
            values[r, f] = sums[f, r] * unit
        totals[r] = total * unit


HELPERS = (count_all, search, set_bits, look_up_any, write_out)


def aligned(shape: tuple[int, ...], kind: type) -> Array:
    """Return zeros that begin on a cache line: a register is then filled in one access."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    space = np.zeros(size + LINE, dtype=np.uint8)
    begin = -space.ctypes.data % LINE
    return space[begin : begin + size].view(kind).reshape(shape)


@cache
def compiled() -> Kernels | None:
    """Compile the loops, or return None where numba is not installed."""
    try:
        import numba
    except ImportError:
        return None
    from numba.extending import register_jitable

    from predict.models.families.attribution.registers import register

    for helper in HELPERS:
        register_jitable(helper)
    wide = register({5: look_up_32, 6: look_up_64, 7: look_up_128}, tile=TILE)
    return Kernels(_jit(numba, encode), _jit(numba, add_up), wide)


def loaded() -> bool:
    """Whether compiled loops are at hand without paying for numba's start."""
    return "numba" in sys.modules and compiled.cache_info().currsize > 0


def _jit(numba: Any, loop: Callable[..., None]) -> Callable[..., None]:
    try:
        return numba.njit(cache=True, nogil=True)(loop)  # type: ignore[no-any-return]  # untyped
    except RuntimeError:
        # A read-only installation without a usable home has nowhere to keep compiled code.
        return numba.njit(nogil=True)(loop)  # type: ignore[no-any-return]  # untyped
