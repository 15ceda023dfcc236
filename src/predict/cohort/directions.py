"""Whether answers run the way their instrument says: an item turned round, a whole scale turned.

Everything is judged from sums, so that the parts of a table can be counted apart and added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from predict.definitions.instruments import Scale
from predict.definitions.study import Study
from predict.errors import Problem

FEWEST = 50
# Items of one scale go together and scales of distress too. Below both of these it is no chance:
# a correlation, and so many standard errors of one under independence.
AGAINST_ITEMS = 0.2
AGAINST_SCALES = 0.3
ERRORS = 3.0
Sums = Mapping[str, np.ndarray]


def direction_sums(
    study: Study, visits: Mapping[str, Mapping[str, np.ndarray]], *, every: int = 1
) -> dict[str, np.ndarray]:
    """Return what the answers add up to: some numbers for each scale and pair of scales at a visit.

    Parameters
    ----------
    visits : mapping of visit -> ``phq9_1`` -> array of float
        Items in the instrument's own coding, an entry a person.
    every : int
        Only each so-many-th person is counted.
    """
    sums = {}
    for visit, columns in visits.items():
        some = {name: values[::every] for name, values in columns.items()}
        scales = dict(_scales(study, visit, some))
        for name, (_, answers) in scales.items():
            sums[f"{name}@{visit}"] = item_sums(answers)
        for one, other in combinations(scales, 2):
            if one.split(".")[0] != other.split(".")[0]:
                sums[f"{one}/{other}@{visit}"] = _against(scales[one], scales[other])
    return sums


def _against(one: tuple[Scale, np.ndarray], other: tuple[Scale, np.ndarray]) -> np.ndarray:
    """Sums of two scales' totals, turned so that both should rise together."""
    (first, a), (second, b) = one, other
    turn = 1.0 if first.better == second.better else -1.0
    return pair_sums(a @ np.ones(a.shape[1]), turn * (b @ np.ones(b.shape[1])))


def _scales(
    study: Study, visit: str, columns: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, tuple[Scale, np.ndarray]]]:
    """The scales all of whose items are here, with their answers, turned items turned back."""
    for name, measure in study.instruments.items():
        for scale in measure.instrument.scales:
            keys = [measure.instrument.column(key) for key in scale.items]
            here = visit in measure.items and all(key in columns for key in keys)
            # Scales that take the highest of several ask for opposites: sleep too long, too short.
            if not here or len(keys) < 3 or scale.method not in ("sum", "mean"):
                continue
            turns = [-1.0 if key in scale.reversed else 1.0 for key in scale.items]
            answers = np.column_stack([columns[key] for key in keys]) * turns
            yield f"{name}.{scale.name}", (scale, answers)


def item_sums(answers: np.ndarray) -> np.ndarray:
    """Return n, the sums of the total and its square, then of each item, its square, its product.

    People with an unanswered item are left out. Sums of parts add up to those of the whole.
    """
    # Products of matrices: one pass each, and whole numbers add up exactly in any order.
    total = answers @ np.ones(answers.shape[1])
    complete = ~np.isnan(total)
    full, total = (answers, total) if complete.all() else (answers[complete], total[complete])
    each = [full.sum(axis=0), np.einsum("pi,pi->i", full, full), total @ full]
    return np.concatenate([[len(full), total.sum(), (total**2).sum()], *each])


def item_rest(sums: np.ndarray) -> np.ndarray:
    """Return each item's correlation with the sum of the other items; NaN where one is constant.

    Examples
    --------
    >>> answers = np.array([[0, 0, 0, 3], [1, 1, 1, 2], [2, 2, 2, 1], [3, 3, 3, 0]], dtype=float)
    >>> item_rest(item_sums(answers)).round(6).tolist()
    [1.0, 1.0, 1.0, -1.0]
    """
    n, total, square = sums[:3]
    item, squares, product = sums[3:].reshape(3, -1)
    variance = squares / n - (item / n) ** 2
    shared = product / n - item * total / n**2
    rest = square / n - (total / n) ** 2 - 2 * shared + variance
    return _correlation(shared - variance, variance, rest)


def pair_sums(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return n, the sums of two totals, of their squares and of their product."""
    both = ~np.isnan(a + b)
    a, b = a[both], b[both]
    return np.array([len(a), a.sum(), b.sum(), (a**2).sum(), (b**2).sum(), (a * b).sum()])


def pair_correlation(sums: np.ndarray) -> float:
    """Return the correlation of two totals by their sums, NaN where one is constant."""
    n, a, b, aa, bb, ab = sums
    one, other = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2
    return float(_correlation(ab / n - a * b / n**2, one, other))


def _correlation(shared: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = shared / np.sqrt(one * other)
    return np.where((one > 1e-9) & (other > 1e-9), ratio, np.nan)


def direction_problems(study: Study, sums: Sums) -> Iterator[Problem]:
    """Yield a warning for each item that runs against its scale, and each scale against another.

    Parameters
    ----------
    sums : mapping of ``phq9.total@baseline`` or ``gad7.total/phq9.total@baseline`` -> array
        Of `direction_sums`; over 50 complete people, or they tell nothing.
    """
    for key, numbers in sums.items():
        names, visit = key.rsplit("@", 1)
        if numbers[0] >= FEWEST:
            yield from (_scales_apart if "/" in names else _items_turned)(
                study, names, visit, numbers
            )


def _least(correlation: float, people: float) -> float:
    return -max(correlation, ERRORS / float(np.sqrt(people)))


def _scales_apart(study: Study, names: str, visit: str, sums: np.ndarray) -> Iterator[Problem]:
    if pair_correlation(sums) < _least(AGAINST_SCALES, sums[0]):
        one, other = (name.split(".")[0] for name in names.split("/"))
        yield _problem(f"{one} and {other} at '{visit}' run against each other", one)


def _items_turned(study: Study, names: str, visit: str, sums: np.ndarray) -> Iterator[Problem]:
    name, scale = names.split(".", 1)
    items = study.instruments[name].instrument.scale(scale).items
    least = _least(AGAINST_ITEMS, sums[0])
    odd = [key for key, r in zip(items, item_rest(sums), strict=True) if r < least]
    if odd:
        yield _problem(f"{name} at '{visit}': item {', '.join(odd)} runs against the others", name)


def _problem(what: str, column: str) -> Problem:
    message = f"{what}; see whether the lowest answer is written as the highest."
    return Problem("CODING_REVERSED", message, column=column, level="warning")
