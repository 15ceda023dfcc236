"""Scores without reasons for a million people, against bare pyarrow and `Booster.predict`.

Ours is `predict score --explain none`: validation, ranges, repeated ids, log and fsync included.
The bare script reads batches, predicts and writes ids and probabilities, and checks nothing. Both
are whole processes, start-up and imports counted.
"""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

from _batch import Measured, model_of, python, score, table_of
from _booster import machine

ROWS, ROUNDS = 1_000_000, 3

BARE = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, xgboost
model, table, out = sys.argv[1:]
booster = xgboost.Booster({"nthread": 1}, model_file=model)
width = booster.num_features()
schema = pa.schema([("person", pa.string()), ("probability", pa.float64())])
with pq.ParquetWriter(out, schema) as writer:
    for batch in pq.ParquetFile(table).iter_batches(batch_size=50_000):
        names = [n for n in batch.schema.names if n.endswith("_baseline") or n == "age"]
        numbers = [batch[n].to_numpy(zero_copy_only=False).astype("float32") for n in names]
        for column, levels in (("sex", 3), ("route", 2)):
            codes = batch[column].dictionary_encode().indices.to_numpy()
            numbers += [(codes == level).astype("float32") for level in range(levels)]
        X = np.column_stack(numbers)
        X = np.pad(X, ((0, 0), (0, max(0, width - X.shape[1]))))[:, :width]
        p = booster.predict(xgboost.DMatrix(X, nthread=1)).astype("float64")
        writer.write_batch(pa.record_batch([batch["person"].cast(pa.string()), p], schema=schema))
"""


def main() -> None:
    """Print rows a second of both, the best of some rounds each, and the ratio."""
    ours: list[Measured] = []
    bare: list[Measured] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, table = model_of(folder), table_of(folder, ROWS)
        for _ in range(ROUNDS):
            ours.append(score(model, table, folder / "out", "--explain", "none"))
            bare.append(python(BARE, model / "booster.json", table, folder / "b.parquet"))
    wall = [min(took.seconds for took in runs) for runs in (ours, bare)]
    cpu = [min(took.cpu for took in runs) for runs in (ours, bare)]
    print(f"ours: {ROWS / wall[0]:,.0f} rows/s, bare: {ROWS / wall[1]:,.0f} rows/s")
    print(machine())
    what = f"bare pyarrow script, {ROWS:,} rows, by processor time {cpu[1] / cpu[0]:.2f}"
    print(f"peer xgboost {version('xgboost')} {what}, ratio: {wall[1] / wall[0]:.2f}")
    print(f"ratio: {wall[1] / wall[0]:.2f}")


if __name__ == "__main__":
    main()
