"""Scores with reasons for a million people, start-up counted, against a plain script, per row.

Ours is `predict score --explain top` on 1,000,000 Parquet rows: validation, ranges, reasons,
checksums, log and fsync included. The plain script reads 20,000 of them with pandas and calls
`XGBClassifier.predict_proba` and `shap.TreeExplainer`, nothing else. Peak memory is printed for one
and for ten million rows, and must stay under .4 GB.
"""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

from _batch import model_of, python, score, table_of
from _booster import machine

ROWS, MANY_ROWS, PLAIN_ROWS, MOST_MB = 1_000_000, 10_000_000, 20_000, 400

PLAIN = """
import sys
import pandas as pd, shap, xgboost
model, table, out = sys.argv[1:]
frame = pd.read_parquet(table)
names = [c for c in frame if c.endswith("_baseline")]
X = frame[names].astype("float32")
for scale in ("phq9", "gad7"):
    X[f"{scale}_total"] = X[[c for c in names if c.startswith(scale)]].sum(axis=1)
X["age"] = frame["age"].astype("float32")
for column, values in (("sex", 3), ("route", 2)):
    codes = frame[column].astype("category").cat.codes
    for level in range(values):
        X[f"{column}={level}"] = (codes == level).astype("float32")
classifier = xgboost.XGBClassifier()
classifier.load_model(model)
X = X.to_numpy()[:, : classifier.n_features_in_]
frame["probability"] = classifier.predict_proba(X)[:, 1]
values = shap.TreeExplainer(classifier).shap_values(X)
reasons = pd.DataFrame(values).astype("float32")
pd.concat([frame[["person", "probability"]], reasons.add_prefix("c")], axis=1).to_parquet(out)
"""


def main() -> None:
    """Print rows a second of both, peak memory, and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = model_of(folder)
        ours = score(model, table_of(folder, ROWS), folder / "out")
        trees, table = model / "booster.json", table_of(folder, PLAIN_ROWS)
        plain = python(PLAIN, trees, table, folder / "plain.parquet")
        many = score(model, table_of(folder, MANY_ROWS), folder / "many")
    print(f"ours: {ROWS / ours.seconds:,.0f} rows/s ({ours.seconds:.1f} s)")
    print(f"plain script: {PLAIN_ROWS / plain.seconds:,.0f} rows/s ({plain.seconds:.1f} s)")
    print(f"peak memory: {ours.peak_mb:.0f} MB for 1 M rows, {many.peak_mb:.0f} MB for 10 M rows")
    print(f"streaming alone: {(MANY_ROWS - ROWS) / (many.seconds - ours.seconds):,.0f} rows/s")
    if max(ours.peak_mb, many.peak_mb) > MOST_MB:
        raise SystemExit("peak memory exceeds .4 GB")
    by_cpu = (ROWS / ours.cpu) / (PLAIN_ROWS / plain.cpu)
    ratio = (ROWS / ours.seconds) / (PLAIN_ROWS / plain.seconds)
    print(machine())
    what = f"pandas and shap, {ROWS:,} rows with reasons, by processor time {by_cpu:.1f}"
    print(f"peer xgboost {version('xgboost')} {what}, ratio: {ratio:.1f}")
    print(f"ratio: {ratio:.1f}")


if __name__ == "__main__":
    main()
