"""Table look-ups held in AVX-512 registers, given to numba as machine instructions.

``vpermi2d`` picks sixteen of 32 table entries at once. Where the processor lacks it, the same
calls become ordinary loops with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

LANES = 16
PERMUTE = "llvm.x86.avx512.vpermi2var.d.512"


def register(look_ups: Mapping[int, Callable[..., None]], *, tile: int) -> bool:
    """Teach numba to compile each look-up function (by bits of its pattern).

    Returns
    -------
    bool
        Whether registers are used; False means ordinary loops.
    """
    from numba.core import types
    from numba.extending import lower_builtin, type_callable

    wide = _has_avx512()
    for bits, function in look_ups.items():
        type_callable(function)(_typing)
        build = _register_look_up(bits, tile) if wide else _plain_look_up(tile)
        lower_builtin(function, *[types.Any] * 5)(build)
    return wide


def _typing(context: Any) -> Callable[..., Any]:
    from numba.core import types

    def look_up(table: Any, base: Any, pattern: Any, sums: Any, row: Any) -> Any:
        return types.none

    return look_up


def _has_avx512() -> bool:
    from llvmlite import binding
    from numba.core import config

    if config.CPU_NAME or config.CPU_FEATURES:
        return False  # numba was told to compile for another processor
    try:
        return bool(binding.get_host_cpu_features().get("avx512f", False))
    except RuntimeError:
        return False


def _register_look_up(bits: int, tile: int) -> Callable[..., Any]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        table, pattern, sums = _pointers(context, builder, signature, arguments, tile)
        lanes = ir.VectorType(ir.IntType(32), LANES)
        kind = ir.FunctionType(lanes, [lanes] * 3)
        permute = builder.module.declare_intrinsic(PERMUTE, (), kind)
        registers = [_load(builder, table, at, lanes) for at in range(0, 1 << bits, LANES)]
        for at in range(0, tile, LANES):
            index = _load(builder, pattern, at, lanes)
            picked = [
                builder.call(permute, [low, index, high])
                for low, high in zip(registers[::2], registers[1::2], strict=True)
            ]
            found = _choose(builder, picked, index, lanes)
            total = builder.add(_load(builder, sums, at, lanes), found)
            builder.store(total, _at(builder, sums, at, lanes), align=4)
        return context.get_dummy_value()

    return build


def _choose(builder: Any, picked: list[Any], index: Any, lanes: Any) -> Any:
    """Choose among the picks of 32 entries each by the higher bits of the pattern."""
    from llvmlite import ir

    bit = 32
    while len(picked) > 1:
        mask = ir.Constant(lanes, [bit] * LANES)
        zero = ir.Constant(lanes, [0] * LANES)
        high = builder.icmp_unsigned("!=", builder.and_(index, mask), zero)
        picked = [
            builder.select(high, upper, lower)
            for lower, upper in zip(picked[::2], picked[1::2], strict=True)
        ]
        bit *= 2
    return picked[0]


def _plain_look_up(tile: int) -> Callable[..., Any]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir
        from numba.core import cgutils

        table, pattern, sums = _pointers(context, builder, signature, arguments, tile)
        with cgutils.for_range(builder, ir.Constant(ir.IntType(64), tile)) as loop:
            index = builder.load(builder.gep(pattern, [loop.index]))
            found = builder.load(builder.gep(table, [builder.zext(index, ir.IntType(64))]))
            place = builder.gep(sums, [loop.index])
            builder.store(builder.add(builder.load(place), found), place)
        return context.get_dummy_value()

    return build


def _pointers(context: Any, builder: Any, signature: Any, arguments: Any, tile: int) -> Any:
    """Where the feature's table, the patterns and the feature's row of sums begin."""
    from llvmlite import ir
    from numba.core import types

    def data(at: int) -> Any:
        kind = signature.args[at]
        return context.make_array(kind)(context, builder, arguments[at]).data

    def whole(at: int) -> Any:
        return context.cast(builder, arguments[at], signature.args[at], types.int64)

    row = builder.mul(whole(4), ir.Constant(ir.IntType(64), tile))
    return builder.gep(data(0), [whole(1)]), data(2), builder.gep(data(3), [row])


def _at(builder: Any, start: Any, offset: int, lanes: Any) -> Any:
    from llvmlite import ir

    place = builder.gep(start, [ir.Constant(ir.IntType(64), offset)])
    return builder.bitcast(place, lanes.as_pointer())


def _load(builder: Any, start: Any, offset: int, lanes: Any) -> Any:
    return builder.load(_at(builder, start, offset, lanes), align=4)
