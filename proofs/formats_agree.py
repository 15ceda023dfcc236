"""One cohort of 500 people in every format gives the same scores, labels and counts.

A model is learned once, from a CSV. Every writer then writes the same people, real libraries where
one writes the format; the model under that table's own study scores it in pieces, and the table is
checked and labelled. A writing is kept when `scores.csv` is byte for byte that of the CSV with the
same content (items, or totals alone), and labels, refusals and counts are the same. `check` counts
notations (`2.0` for 2) and what a format lays out or leaves unread apart: these are not compared.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from _clinic_writers import CLINIC
from _format_writers import FILES, STUDY, Drawn, Writer, draw
from _proof import leave, share_asked, some
from predict.cohort import read_cohort
from predict.cohort.labelling import label
from predict.definitions.study import read_study
from predict.features.training_set import assemble
from predict.model_folder import save_model
from predict.models.recipe import Recipe
from predict.models.response_model import ResponseModel
from predict.models.training import train
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

WRITERS: list[Writer] = [*FILES, *CLINIC]
# Small parts, so that most of a table is read from its middle.
PART = 90


@dataclass(frozen=True)
class Facts:
    """What must not depend on how a table is written."""

    scores: bytes
    labels: bytes
    status: tuple[tuple[str, str, str], ...]
    faults: tuple[tuple[str, int], ...]


def main(share: float = 1.0) -> int:
    """Write, read and compare; print a line a writing, and the last line."""
    drawn, asked = draw(), some(len(WRITERS), share)
    with tempfile.TemporaryDirectory() as folder:
        model = learned(drawn, Path(folder))
        held: dict[str, Facts] = {}
        kept = sum(agrees(w, drawn, model, Path(folder), held) for w in WRITERS[:asked])
    print(f"proof: {kept}/{asked}")
    return 0 if kept == asked else 1


def learned(drawn: Drawn, folder: Path) -> ResponseModel:
    """Return a small model of totals, age and sex, learned from the first writing."""
    (folder / "first").mkdir()
    cohort = read_cohort(FILES[0].write(drawn, folder / "first"), STUDY)
    training = assemble(cohort, "phq9_response", blocks=["scales", "people"])
    return train(training, Recipe(family="linear", trials=0, calibration="none"), refits=0)


def agrees(
    writer: Writer, drawn: Drawn, model: ResponseModel, folder: Path, held: dict[str, Facts]
) -> bool:
    """Return whether a writing gives what the first of its content gave; print what does not."""
    here = folder / writer.name.replace(" ", "_").replace(",", "").replace("/", "_")
    here.mkdir()
    facts = facts_of(writer, drawn, model, here)
    first = held.setdefault(writer.content, facts)
    parts = [
        name for name in Facts.__dataclass_fields__ if getattr(facts, name) != getattr(first, name)
    ]
    print(
        f"{'BROKEN' if parts else 'kept  '} {writer.name} {', '.join(parts)}".rstrip(), flush=True
    )
    return not parts


def facts_of(writer: Writer, drawn: Drawn, model: ResponseModel, folder: Path) -> Facts:
    """Return what a writing gives: scored by parts, checked and labelled as a whole."""
    place = writer.write(drawn, folder)
    study = read_study({**STUDY, **writer.study})
    save_model(replace(model, study=study), folder / "model")
    settings = ScoringSettings(part_rows=PART, max_rejected=1.0)
    score_table(folder / "model", place, folder / "scores.csv", settings)
    cohort = read_cohort(place, study)
    rows = cohort.rows.sort_values("id")
    faults = cohort.problems.loc[cohort.problems["level"] == "row", "code"]
    return Facts(
        (folder / "scores.csv").read_bytes(),
        label(cohort, "phq9_response").sort_index().to_csv().encode(),
        tuple(rows[["id", "status", "code"]].itertuples(index=False, name=None)),
        tuple(sorted(Counter(faults).items())),
    )


if __name__ == "__main__":
    warnings.simplefilter("error")
    leave(main(share_asked(__doc__)))
