"""The tables looked up by compiled loops, in vector registers where the processor has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution import kernels
from predict.models.families.attribution.bytewise import Bytewise
from predict.models.families.attribution.codes import Planes
from predict.models.families.attribution.kernels import Kernels
from predict.models.families.attribution.layout import Layout
from predict.models.families.attribution.reading import Floats

BLOCK = 16_384  # rows a call: few enough to deal out to threads, many enough to pay the call
NEAR = 2**21  # bytes of tables that a processor's second cache holds, or nearly
FEW_ROWS, MANY_ROWS = 1024, 4096  # rows at a time: many where tables come from further away


@dataclass(frozen=True)
class CompiledTier:
    """Compiled loops and the tables they read: ``cut`` in registers, else ``layout``."""

    ready: Kernels
    planes: Planes
    layout: Layout
    cut: Bytewise | None

    @property
    def rows(self) -> int:
        """Rows to work on at a time."""
        return BLOCK

    def add_up(self, X: npt.NDArray[np.float32], values: Floats, totals: Floats) -> None:
        """Write the contributions (rows x features) of rows, and their sums."""
        padded = kernels.whole_tiles(len(X))
        tile = min(padded, self._tile)
        codes = kernels.staggered(2 * len(self.planes), padded, np.uint8)
        asked = self.planes.feature, self.planes.start, self.planes.threshold
        self.ready.encode(X, *asked, self.ready.lanes, codes.view(np.uint32))
        sums = kernels.staggered(values.shape[1], tile, np.int32)
        patterns = kernels.staggered(self.cut.widest if self.cut else 1, tile, np.uint8)
        bits = self.layout.bit_start, self.layout.bit_code, self.layout.bit_limit
        tables = (self.cut or self.layout).arrays
        scratch = tile, sums, patterns
        self.ready.add_up(codes, *bits, *tables, self.layout.unit, *scratch, values, totals)

    @property
    def _tile(self) -> int:
        return MANY_ROWS if self.cut and self.cut.table.nbytes > NEAR else FEW_ROWS
