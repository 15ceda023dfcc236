"""Block `bands`: the severity band of each scale, counted from 0 in the order of its bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Scale
from predict.features.columns import Column, Features
from predict.features.scales import scales


def bands(cohort: Cohort, as_of: str) -> Features:
    """Return one number column a banded scale and anchor visit: 0 for the lowest band of scores."""
    totals = scales(cohort, as_of)
    columns, values = [], {}
    for column in totals.columns:
        scale = cohort.study.instruments[column.source].instrument.scale(column.item)
        if scale.bands:
            band = _band_column(column, scale)
            columns.append(band)
            values[band.name] = _position(totals.frame[column.name], scale)
    return Features(pd.DataFrame(values, index=totals.frame.index), tuple(columns))


def _band_column(column: Column, scale: Scale) -> Column:
    return replace(
        column,
        name=f"{column.name}_band",
        label=f"{column.label}, band",
        role="band",
        unit="",
        low=0.0,
        high=float(len(scale.bands) - 1),
    )


def _position(totals: pd.Series, scale: Scale) -> pd.Series:
    edges = sorted(band.low for band in scale.bands)
    place = pd.Series(np.searchsorted(edges[1:], totals, side="right"), index=totals.index)
    return place.astype("float64").where(totals.notna())
