"""What an instrument is: items, scales and bands, and how they are scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from predict.definitions.instruments import scoring
from predict.errors import StudyError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["sum", "mean", "maxima", "levels", "clusters"]


@dataclass(frozen=True)
class Item:
    """One question: its key, neutral label, symptom domain, range and, if free, its answers.

    ``asked_if`` is empty, or the key of the item that must be answered yes (above its lowest
    answer) for this one to be asked at all; a skipped item is structural, not missing.
    ``not_assessed`` is a number outside the range that means the rater could not tell.
    """

    key: str
    label: str
    domain: str
    low: int
    high: int
    answers: tuple[str, ...] = ()
    loinc: str = ""
    asked_if: str = ""
    not_assessed: int | None = None


@dataclass(frozen=True)
class Band:
    """A named stretch of scores, both ends included."""

    label: str
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """How item answers become one score, and what the score means.

    Parameters
    ----------
    items, reversed : tuple of str
        Item keys that count, and those turned round (low + high - answer) before they do.
    method : {"sum", "mean", "maxima", "levels", "clusters"}
        ``maxima`` adds the highest answer of each group; ``levels`` gives the highest level of
        which any item is yes; ``clusters`` is 1 where every group has enough endorsed items.
    allowed_missing : int
        With more unanswered items than this the score is missing.
    prorate : bool
        Unanswered items take the person's own mean; the total is rounded half up to a whole score.
    low, high : float
        Range of the score, after ``offset`` and ``factor``: score = (raw + offset) * factor.
    better : {"low", "high"}
        Which end is good.
    cut : float or None
        First score that counts as a case: at or above it, or at or below where high is good.
    remission : float or None
        Last score that counts as remission: at or below it, or at or above where high is good.
    """

    name: str
    title: str
    items: tuple[str, ...]
    reversed: tuple[str, ...] = ()
    method: Method = "sum"
    allowed_missing: int = 0
    prorate: bool = False
    low: float = 0.0
    high: float = 0.0
    better: Literal["low", "high"] = "low"
    bands: tuple[Band, ...] = ()
    cut: float | None = None
    remission: float | None = None
    factor: float = 1.0
    offset: float = 0.0
    groups: tuple[tuple[str, ...], ...] = ()
    needs: tuple[int, ...] = ()
    endorsed: int = 0
    cuts: Mapping[str, float] = field(default_factory=dict)
    unit: str = "points"

    @property
    def whole(self) -> bool:
        """Whether every score is a whole number."""
        return self.method != "mean" and float(self.factor).is_integer()


@dataclass(frozen=True)
class Instrument:
    """One questionnaire as its file states it; without items where only its totals were kept.

    Examples
    --------
    >>> from predict.definitions.instruments import load_instrument
    >>> phq9 = load_instrument("phq9")
    >>> phq9.column("1"), phq9.total_column()
    ('phq9_1', 'phq9_total')
    >>> phq9
    Instrument(phq9: 9 items, scales total; safety item 9)
    """

    id: str
    title: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    safety_items: tuple[str, ...] = ()
    window: str = ""
    source: tuple[str, ...] = ()
    licence: str = ""
    loinc_panel: str = ""
    loinc_total: str = ""
    note: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        scales = ", ".join(scale.name for scale in self.scales)
        safety = f"; safety item {', '.join(self.safety_items)}" if self.safety_items else ""
        return f"Instrument({self.id}: {len(self.items)} items, scales {scales}{safety})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def __hash__(self) -> int:
        return hash((self.id, self.items))

    @property
    def answer_range(self) -> tuple[int, int]:
        """The lowest and the highest answer of any item; 0 and 0 without items."""
        low = min((item.low for item in self.items), default=0)
        return low, max((item.high for item in self.items), default=0)

    def item(self, key: str) -> Item:
        """Return the item of this key."""
        for item in self.items:
            if item.key == key:
                return item
        raise StudyError(
            unknown_name("item", key, [i.key for i in self.items]), code="ITEM_UNKNOWN"
        )

    def scale(self, name: str = "total") -> Scale:
        """Return the scale of this name."""
        for scale in self.scales:
            if scale.name == name:
                return scale
        names = [scale.name for scale in self.scales]
        raise StudyError(
            f"{self.title} has no scale '{name}'; it has {', '.join(names)}.", code="SCALE_UNKNOWN"
        )

    def better(self, key: str) -> str:
        """Return which end of an item is good under the scales it counts in: low or high.

        Examples
        --------
        >>> from predict.definitions.instruments import load_instrument
        >>> load_instrument("cesd").better("1"), load_instrument("cesd").better("4")
        ('low', 'high')
        """
        high = any(
            (key in scale.reversed) != (scale.better == "high")
            for scale in self.scales
            if key in scale.items
        )
        return "high" if high else "low"

    def column(self, key: str) -> str:
        """Return the name of an item's column, such as ``phq9_1``."""
        return f"{self.id}_{key}"

    def total_column(self, scale: str = "total") -> str:
        """Return the name of a scale's column, such as ``phq9_total``."""
        return f"{self.id}_{scale}"

    def score(self, answers: pd.DataFrame, scale: str = "total") -> pd.Series:
        """Return a score a row from item answers in this instrument's own coding.

        Parameters
        ----------
        answers : DataFrame
            Columns named by `column`; whole numbers in each item's range, NaN where unanswered.
            A column that is absent counts as unanswered.

        Returns
        -------
        Series
            Float, on the index of ``answers``; NaN where too many items are unanswered.

        Examples
        --------
        >>> import pandas as pd
        >>> from predict.definitions.instruments import load_instrument
        >>> table = pd.DataFrame({f"phq9_{i}": [1.0, None if i < 3 else 2.0] for i in range(1, 10)})
        >>> load_instrument("phq9").score(table).tolist()
        [9.0, 18.0]
        """
        return scoring.score(self, self.scale(scale), answers)

    def band(self, totals: pd.Series, scale: str = "total") -> pd.Series:
        """Return the band's label for each score; NaN where the score is missing or unbanded.

        Examples
        --------
        >>> import pandas as pd
        >>> from predict.definitions.instruments import load_instrument
        >>> load_instrument("phq9").band(pd.Series([4, 10, 27])).tolist()
        ['minimal', 'moderate', 'severe']
        """
        return scoring.band(self.scale(scale), totals)

    def prorated(self, answers: pd.DataFrame, scale: str = "total") -> pd.Series:
        """Return whether each row's score stands in for unanswered items, so that it can be said.

        Examples
        --------
        >>> import pandas as pd
        >>> from predict.definitions.instruments import load_instrument
        >>> table = pd.DataFrame({f"phq9_{i}": [1.0, None if i < 3 else 2.0] for i in range(1, 10)})
        >>> load_instrument("phq9").prorated(table).tolist()
        [False, True]
        """
        return scoring.prorated(self, self.scale(scale), answers)

    def case(
        self, totals: pd.Series, scale: str = "total", *, group: pd.Series | None = None
    ) -> pd.Series:
        """Return 1 where a score counts as a case, 0 where not, NaN where that cannot be said.

        Parameters
        ----------
        group : Series or None
            Each person's sex, for scales whose cut depends on it (AUDIT-C); a group without a
            stated cut cannot be judged.

        Examples
        --------
        >>> import pandas as pd
        >>> from predict.definitions.instruments import load_instrument
        >>> sex = pd.Series(["female", "male", "other"])
        >>> load_instrument("audit_c").case(pd.Series([3, 3, 3]), group=sex).tolist()
        [1.0, 0.0, nan]
        """
        return scoring.case(self.scale(scale), totals, group)

    def to_dict(self) -> dict[str, Any]:
        """Return the instrument as its file states it."""
        import copy

        return copy.deepcopy(dict(self.spec))
