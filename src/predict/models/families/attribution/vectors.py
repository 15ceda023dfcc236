"""What a processor's vector registers offer, and machine code for one register of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

PERMUTE, SHUFFLE = 64, 16  # table entries that one instruction picks from
_PERMUTES = {1: "llvm.x86.avx512.permvar.qi.512", 2: "llvm.x86.avx512.vpermi2var.qi.512"}
_SHUFFLES = {64: "llvm.x86.avx512.pshuf.b.512", 32: "llvm.x86.avx2.pshuf.b"}


@dataclass(frozen=True)
class Vectors:
    """Bytes of a register, and the table entries that one instruction picks from.

    ``entries`` is 0 where no such instruction is known; look-ups are then ordinary loops.
    """

    width: int
    entries: int

    @property
    def lanes(self) -> int:
        """Rows whose 32-bit sums stand side by side in one register; 1 for ordinary loops."""
        return self.width // 4 if self.entries else 1


PLAIN = Vectors(16, 0)
KNOWN: tuple[tuple[str, Vectors], ...] = (
    ("avx512vbmi", Vectors(64, PERMUTE)),
    ("avx512bw", Vectors(64, SHUFFLE)),
    ("avx2", Vectors(32, SHUFFLE)),
)


def chosen() -> Vectors:
    """Return the widest vectors that this processor has."""
    from llvmlite import binding
    from numba.core import config

    if config.CPU_NAME or config.CPU_FEATURES:
        return PLAIN  # numba was told to compile for another processor
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:
        return PLAIN
    return next((vectors for name, vectors in KNOWN if features.get(name)), PLAIN)


@dataclass(frozen=True)
class Emitter:
    """Writes LLVM instructions on whole registers, and on integers of 64 bits beside them."""

    context: Any
    builder: Any
    signature: Any
    arguments: Any
    vectors: Vectors

    @property
    def ir(self) -> Any:
        """The library that builds instructions."""
        from llvmlite import ir

        return ir

    def kind(self, bits: int) -> Any:
        """Return the type of a register of whole numbers of so many bits."""
        return self.ir.VectorType(self.ir.IntType(bits), self.vectors.width * 8 // bits)

    def whole(self, value: int) -> Any:
        """Return a constant of 64 bits."""
        return self.ir.Constant(self.ir.IntType(64), value)

    def splat(self, value: int, bits: int) -> Any:
        """Return a register that holds a constant in every lane."""
        signed = value - (1 << bits) if value >> (bits - 1) else value
        return self.ir.Constant(self.kind(bits), [signed] * (self.vectors.width * 8 // bits))

    def spread(self, value: Any, kind: Any) -> Any:
        """Return a register of that type filled with copies of a number or of a shorter vector."""
        ir, builder = self.ir, self.builder
        if not isinstance(value.type, ir.VectorType):
            single = ir.Constant(ir.VectorType(value.type, 1), ir.Undefined)
            value = builder.insert_element(single, value, ir.Constant(ir.IntType(32), 0))
        places = [lane % value.type.count for lane in range(kind.count)]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), places)
        return builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), mask)

    def argument(self, number: int) -> Any:
        """Return an argument that is a number, in 64 bits."""
        from numba.core import types

        given = self.arguments[number], self.signature.args[number]
        return self.context.cast(self.builder, *given, types.int64)

    def array(self, number: int) -> tuple[Any, Any]:
        """Return where an argument that is an array begins, and bytes from row to row."""
        kind = self.signature.args[number]
        made = self.context.make_array(kind)(self.context, self.builder, self.arguments[number])
        return made.data, self.builder.extract_value(made.strides, 0)

    def row(self, number: int, row: Any) -> Any:
        """Return where a row of an array begins."""
        start, stride = self.array(number)
        byte = self.ir.IntType(8).as_pointer()
        begin = self.builder.gep(self.builder.bitcast(start, byte), [self.builder.mul(row, stride)])
        return self.builder.bitcast(begin, start.type)

    def entry(self, number: int, place: Any) -> Any:
        """Return one number of an array, in 64 bits without its sign where it is a byte."""
        start, _ = self.array(number)
        return self.builder.load(self.builder.gep(start, [place]))

    def load(self, start: Any, place: Any, kind: Any) -> Any:
        """Return the register (or shorter vector) that lies at a place of an array."""
        at = self.builder.bitcast(self.builder.gep(start, [place]), kind.as_pointer())
        return self.builder.load(at, align=1)

    def store(self, value: Any, start: Any, place: Any) -> None:
        """Write a register to a place of an array."""
        at = self.builder.bitcast(self.builder.gep(start, [place]), value.type.as_pointer())
        self.builder.store(value, at, align=1)

    def variables(self, count: int, bits: int) -> list[Any]:
        """Return places for registers; LLVM keeps them in registers indeed."""
        from numba.core import cgutils

        return [cgutils.alloca_once(self.builder, self.kind(bits)) for _ in range(count)]

    def loop(self, count: Any) -> AbstractContextManager[Any]:
        """Return a loop; its ``index`` counts from 0."""
        from numba.core import cgutils

        made: AbstractContextManager[Any] = cgutils.for_range(self.builder, count)
        return made

    def pick(self, table: Sequence[Any], index: Any) -> Any:
        """Return the table's entry for each byte of a register of patterns."""
        if self.vectors.entries == PERMUTE:
            return self._permuted(table, index)
        # pshufb answers 0 for a byte of 128 or more: such patterns need their lower bits alone.
        low = self.builder.and_(index, self.splat(15, 8)) if len(table) > 8 else index
        picked = [self._call(_SHUFFLES[self.vectors.width], part, low) for part in table]
        return self._by_bit(picked, index, SHUFFLE)

    def _permuted(self, table: Sequence[Any], index: Any) -> Any:
        if len(table) == 1:
            return self._call(_PERMUTES[1], table[0], index)
        pairs = zip(table[::2], table[1::2], strict=True)
        picked = [self._call(_PERMUTES[2], low, index, high) for low, high in pairs]
        return self._by_bit(picked, index, 2 * PERMUTE)

    def _by_bit(self, picked: list[Any], index: Any, bit: int) -> Any:
        """Choose among picks by the bits of the pattern that the instruction did not use."""
        while len(picked) > 1:
            asked = self.builder.and_(index, self.splat(bit, 8))
            high = self.builder.icmp_unsigned("!=", asked, self.splat(0, 8))
            pairs = zip(picked[::2], picked[1::2], strict=True)
            picked = [self.builder.select(high, upper, lower) for lower, upper in pairs]
            bit *= 2
        return picked[0]

    def _call(self, name: str, *registers: Any) -> Any:
        kind = self.ir.FunctionType(self.kind(8), [self.kind(8)] * len(registers))
        return self.builder.call(self.builder.module.declare_intrinsic(name, (), kind), registers)
