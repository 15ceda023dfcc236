"""A study and a model with their labels in a language: what data files write once, in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from predict.definitions.wording import Catalogue

if TYPE_CHECKING:
    from predict.definitions.instruments import Instrument
    from predict.definitions.study import MeasureColumns, Study
    from predict.features import Column
    from predict.models.response_model import ResponseModel


def named_study(study: Study, say: Catalogue) -> Study:
    """Return a study whose questionnaires' labels stand in the language; nothing else differs."""
    measures: Mapping[str, MeasureColumns] = {
        name: replace(measure, instrument=named_instrument(measure.instrument, say))
        for name, measure in study.instruments.items()
    }
    return replace(study, instruments=measures)


def named_instrument(instrument: Instrument, say: Catalogue) -> Instrument:
    """Return a questionnaire with its questions, answers, scales and bands in the language."""
    items = tuple(
        replace(item, label=say.named(item.label), answers=tuple(map(say.named, item.answers)))
        for item in instrument.items
    )
    scales = tuple(
        replace(
            scale,
            title=say.named(scale.title),
            bands=tuple(replace(band, label=say.named(band.label)) for band in scale.bands),
        )
        for scale in instrument.scales
    )
    return replace(instrument, title=say.named(instrument.title), items=items, scales=scales)


def named_model(model: ResponseModel, say: Catalogue) -> ResponseModel:
    """Return a model whose study, outcome and columns bear labels in the language."""
    return replace(
        model,
        study=named_study(model.study, say),
        outcome=replace(model.outcome, title=say.named(model.outcome.title)),
        columns=tuple(named_column(column, say) for column in model.columns),
    )


def named_column(column: Column, say: Catalogue) -> Column:
    """Return a column with its label in the language."""
    return replace(column, label=say.named(column.label))
