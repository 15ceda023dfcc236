"""`predict doctor MODEL`: version differences, and whether the model still gives its estimates."""

from __future__ import annotations

from predict.cli.options import AsJson, ModelFolder


def doctor(model: ModelFolder, as_json: AsJson = False) -> None:
    """Say with which versions a model was made, and whether its estimates still come out."""
    from dataclasses import asdict

    from predict.files import canonical_json
    from predict.model_folder.doctor import diagnose

    diagnosis = diagnose(model)
    print(canonical_json(asdict(diagnosis)) if as_json else "\n".join(diagnosis.lines()))
