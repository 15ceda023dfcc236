"""Patterns and look-ups in vector registers, given to numba as machine instructions.

Tables come as bytes (``bytewise``), so that one register answers for as many rows as it has bytes.
Sums of bytes are kept in 16 bits, even and odd rows apart.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from predict.models.families.attribution import vectors
from predict.models.families.attribution.vectors import Emitter

LENGTHS = (3, 4)  # bytes of a table entry
UNROLLED = 4  # registers of patterns built at a time
PAIR = 2  # registers of patterns looked up at a time
SIZES = (16, 32, 64, 128, 256)  # entries of a table


def teach(set_bits: Callable[..., None], add_run: Callable[..., None]) -> None:
    """Teach numba to compile these two functions of ``kernels`` to vectors."""
    from numba.core import types
    from numba.extending import lower_builtin, type_callable

    type_callable(set_bits)(lambda context: _nine)
    lower_builtin(set_bits, *[types.Any] * 9)(_set_bits)
    type_callable(add_run)(lambda context: _eleven)
    lower_builtin(add_run, *[types.Any] * 11)(_add_run)


def _nine(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any) -> Any:
    from numba.core import types

    return types.none


def _eleven(
    a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any, j: Any, k: Any
) -> Any:
    from numba.core import types

    return types.none


def _set_bits(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    emit = Emitter(context, builder, signature, arguments, vectors.chosen())
    step = emit.whole(UNROLLED * emit.vectors.width)
    parts, value = emit.variables(UNROLLED, 8), emit.variables(1, 8)[0]
    with emit.loop(builder.udiv(emit.argument(8), step)) as tile:
        begin = builder.mul(tile.index, step)
        for part in parts:
            builder.store(emit.splat(0, 8), part)
        builder.store(emit.splat(1, 8), value)
        with emit.loop(builder.sub(emit.argument(5), emit.argument(4))) as loop:
            bit = builder.add(emit.argument(4), loop.index)
            _set_bit(emit, bit, builder.add(emit.argument(1), begin), parts, value)
        pattern = emit.row(6, emit.argument(7))
        for number, part in enumerate(parts):
            place = builder.add(begin, emit.whole(number * emit.vectors.width))
            emit.store(builder.load(part), pattern, place)
    return context.get_dummy_value()


def _set_bit(emit: Emitter, bit: Any, begin: Any, parts: list[Any], value: Any) -> None:
    """Add one bit to the patterns, where the code of the bit's split is below its limit."""
    builder, wide = emit.builder, emit.ir.IntType(64)
    codes = emit.row(0, builder.sext(emit.entry(2, bit), wide))
    limit = emit.spread(emit.entry(3, bit), emit.kind(8))
    worth = builder.load(value)
    for number, part in enumerate(parts):
        place = builder.add(begin, emit.whole(number * emit.vectors.width))
        meets = builder.icmp_unsigned("<", emit.load(codes, place, emit.kind(8)), limit)
        before = builder.load(part)
        builder.store(builder.select(meets, builder.add(before, worth), before), part)
    builder.store(builder.add(worth, worth), value)


def _add_run(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    emit = Emitter(context, builder, signature, arguments, vectors.chosen())
    for entries, length in product(SIZES, LENGTHS):
        if entries >= emit.vectors.entries:
            asked = zip((9, 10), (entries, length), strict=True)
            same = [builder.icmp_signed("==", emit.argument(n), emit.whole(v)) for n, v in asked]
            with builder.if_then(builder.and_(*same)):
                _add_run_of(emit, entries, length)
    return context.get_dummy_value()


def _add_run_of(emit: Emitter, entries: int, length: int) -> None:
    builder, step = emit.builder, emit.whole(PAIR * emit.vectors.width)
    sums = [emit.variables(2 * length, 16) for _ in range(PAIR)]
    with emit.loop(builder.udiv(emit.argument(8), step)) as tile:
        begin = builder.mul(tile.index, step)
        for part in (one for some in sums for one in some):
            builder.store(emit.splat(0, 16), part)
        with emit.loop(builder.sub(emit.argument(4), emit.argument(3))) as loop:
            _add_look_up(emit, builder.add(emit.argument(3), loop.index), begin, sums, entries)
        for half, some in enumerate(sums):
            _carry(emit, some, builder.add(begin, emit.whole(half * emit.vectors.width)))


def _add_look_up(
    emit: Emitter, number: Any, begin: Any, sums: list[list[Any]], entries: int
) -> None:
    """Add the entries of one table to the sums of 16 bits, even and odd rows apart."""
    builder = emit.builder
    start = builder.gep(emit.array(0)[0], [emit.entry(1, number)])
    tables = [_load(emit, start, byte * entries, entries) for byte in range(len(sums[0]) // 2)]
    patterns = emit.row(5, emit.entry(2, number))
    for half, some in enumerate(sums):
        place = builder.add(begin, emit.whole(half * emit.vectors.width))
        index = emit.load(patterns, place, emit.kind(8))
        for table, even, odd in zip(tables, some[::2], some[1::2], strict=True):
            pair = builder.bitcast(emit.pick(table, index), emit.kind(16))
            _increase(emit, even, builder.and_(pair, emit.splat(255, 16)))
            _increase(emit, odd, builder.lshr(pair, emit.splat(8, 16)))


def _load(emit: Emitter, start: Any, begin: int, entries: int) -> list[Any]:
    """Load one byte of all entries, as many to a register as one instruction picks from."""
    step = emit.vectors.entries
    part = emit.ir.VectorType(emit.ir.IntType(8), step)
    places = [emit.whole(begin + at) for at in range(0, entries, step)]
    return [emit.spread(emit.load(start, place, part), emit.kind(8)) for place in places]


def _increase(emit: Emitter, variable: Any, amount: Any) -> None:
    emit.builder.store(emit.builder.add(emit.builder.load(variable), amount), variable)


def _carry(emit: Emitter, sums: list[Any], begin: Any) -> None:
    """Add the sums of 16 bits to those of 32: byte 4i + j of the patterns is lane i of part j."""
    row = emit.row(6, emit.argument(7))
    for part in range(4):
        place = emit.builder.add(begin, emit.whole(part * emit.vectors.lanes))
        total = emit.load(row, place, emit.kind(32))
        for byte, variable in enumerate(sums[part % 2 :: 2]):
            one = _half(emit, emit.builder.load(variable), upper=part > 1)
            worth = emit.builder.shl(one, emit.splat(8 * byte, 32))
            total = emit.builder.add(total, worth)
        emit.store(total, row, place)


def _half(emit: Emitter, register: Any, *, upper: bool) -> Any:
    """Every other 16 bits of a register, as 32 bits."""
    both = emit.builder.bitcast(register, emit.kind(32))
    if upper:
        return emit.builder.lshr(both, emit.splat(16, 32))
    return emit.builder.and_(both, emit.splat(0xFFFF, 32))
