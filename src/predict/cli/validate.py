"""`predict validate MODEL TABLE -o DIR`: a stored model judged on other people's outcomes."""

from __future__ import annotations

from predict.cli.options import (
    AsJson,
    ModelFolder,
    OutFolder,
    Quiet,
    Table,
    called,
    one_blas_thread,
    tell_warnings,
    teller,
)


def validate(
    model: ModelFolder,
    table: Table,
    out: OutFolder,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Judge a stored model on other data; only aggregates are written."""
    one_blas_thread()
    from predict.files import canonical_json
    from predict.model_folder import load_model
    from predict.scoring import validate as judge

    evaluation = judge(load_model(model), table)
    evaluation.write(out)
    print(canonical_json(evaluation.verdict) if as_json else evaluation.verdict["sentence"])
    say = teller(quiet)
    tell_warnings(say, evaluation.verdict.get("warnings", {}))
    say(f"Aggregates are in {called(out)}")
