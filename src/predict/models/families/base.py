"""What every model family offers: its columns, settings to search, a fit, the fitted half."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from predict.errors import ModelError, did_you_mean
from predict.features.columns import Style
from predict.features.training_set import TrainingSet
from predict.models.families.attribution import Background
from predict.statistics.disclosure import SMALLEST_CELL

Params = Mapping[str, float]

# A loss too small to matter.
_NEVER_MIND = 1e-6


@dataclass(frozen=True)
class Range:
    """One setting of a search: its bounds, whether it is whole, whether it is read in logs."""

    low: float
    high: float
    whole: bool = False
    log: bool = False

    def holds(self, value: object) -> bool:
        """Return whether a value may be taken."""
        if isinstance(value, bool) or not isinstance(value, Real):
            return False
        number = float(value)
        return self.low <= number <= self.high and (not self.whole or number.is_integer())

    @property
    def words(self) -> str:
        """What may be taken, for a sentence."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class FoldData:
    """Prepared numbers of one inner fold; what prepared them learned from `train` only."""

    train: pd.DataFrame
    y_train: np.ndarray
    test: pd.DataFrame
    y_test: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Resample:
    """People drawn with replacement, each held once.

    Parameters
    ----------
    Z : DataFrame, shape (people, columns)
        Prepared numbers.
    y : array of 0 and 1, shape (people,)
    drawn : array of int, shape (people,)
        How often each was drawn, 1 and above.
    """

    Z: pd.DataFrame
    y: np.ndarray
    drawn: np.ndarray

    def rows(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Return each person as often as drawn, for a fit that takes no weights.

        Examples
        --------
        >>> Z, y = Resample(pd.DataFrame({"age": [40, 50]}), np.array([0, 1]), [1, 2]).rows()
        >>> Z["age"].tolist(), y.tolist()
        ([40, 50, 50], [0, 1, 1])
        """
        rows = np.repeat(np.arange(len(self.y)), self.drawn)
        return self.Z.iloc[rows], self.y[rows]

    def columns(self, which: np.ndarray) -> Resample:
        """Return the same people with some of the columns."""
        return Resample(self.Z.loc[:, which], self.y, self.drawn)


@dataclass(frozen=True)
class Trial:
    """One setting tried on all inner folds.

    Parameters
    ----------
    params : mapping
        The setting, completed by what the folds taught (rounds of boosting).
    loss : float
        Mean log loss out of fold; lower is better.
    margins : ndarray, shape (people,)
        Out-of-fold log-odds of everybody.
    """

    params: Params
    loss: float
    margins: np.ndarray


class Fitted(ABC):
    """The learned half of a family."""

    @abstractmethod
    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,), float64."""

    @abstractmethod
    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Return each prepared column's share of the margin, (people, columns), and the start.

        Start plus a row's contributions is that row's margin.
        """

    @abstractmethod
    def to_bytes(self) -> bytes:
        """Return the fitted half as the bytes of its file: JSON, never pickle."""

    def explained(self, Z: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margin, contributions and start from one look at the rows."""
        shares, start = self.contributions(Z)
        return self.margin(Z), shares, start

    def expect(self, rows: int) -> None:
        """Hear how many rows will come in all; whoever can make ready for many does so."""
        return

    def interactions(self, Z: pd.DataFrame) -> np.ndarray:
        """Return interaction values of the margin, shape (people, columns, columns).

        The diagonal holds the main effects; each pair's interaction is split in two halves. Of
        families with `Family.interventional` only.
        """
        raise NotImplementedError

    @property
    def tells_marginal(self) -> bool:
        """Whether `background` and `marginal` answer; trees too deep for tables do not."""
        return False

    def background(self, Z: pd.DataFrame, *, smallest: int = SMALLEST_CELL) -> Background:
        """Return what marginal reasons need of the people learned from: counts, protected.

        Parameters
        ----------
        Z : DataFrame, shape (people, columns)
            Prepared numbers of all of them.
        smallest : int
            People of a group who are made alike first; 1 takes everybody as they are, for figures
            that keep nobody.

        Raises
        ------
        DesignError
            ``MARGINAL_IMPOSSIBLE`` for fewer people than a group, or trees too deep for tables.

        Notes
        -----
        Of families with `Family.interventional` only.
        """
        raise NotImplementedError

    def marginal(self, background: Background) -> Fitted:
        """Return the same estimates with interventional reasons against those people.

        Raises
        ------
        ValueError
            When they were not counted by this fitted half.

        Notes
        -----
        Of families with `Family.interventional` only.
        """
        raise NotImplementedError


class Bench(Protocol):
    """Inner folds made ready once, so that many settings can be tried on them."""

    def attempt(self, params: Params, against: Trial | None = None) -> Trial:
        """Return what one setting reaches out of fold; less exactly once it falls far behind."""


class Family(ABC):
    """A kind of model: what any room may ask of one stands here, and nowhere else.

    A new family is a subclass and one line in `FAMILIES`; it has to say `name`, `label`, `fit` and
    `from_bytes`.

    Parameters
    ----------
    name : str
        Name in `FAMILIES`, in experiments and in files.
    label : str
        What sentences call it, such as "the penalised logistic model".
    rank : int
        Its place among the others, from the simplest: where two do equally well, the lower is
        preferred. A family that does not say stands last.
    flexible : bool
        Whether it can follow chance so closely that only estimates of people it did not learn from
        are calibrated, and that it wants many people.
    interventional : bool
        Whether columns act together in it, so that its fitted half tells interactions and
        marginal reasons beside its contributions. Where columns only add up, the three agree.
    style : str
        How its columns are prepared.
    space : mapping of str to Range
        Settings to search; empty where there is nothing to tune.
    defaults : mapping of str to float
        Settings without a search, and the first ones tried by it.
    settings : mapping of str to Range
        Every setting that may be fixed, with the values it may take.
    learned : frozenset of str
        Settings that the inner folds teach: left out when the recipe runs on other outcomes.
    parts : tuple of str
        Families it is made of: each is searched by itself, on the same folds, and `joined` puts
        them together. Their settings are its own, behind the part's name and a dot.
    fewest : int
        People below whom it is not offered.
    file : str
        Name of the file that holds its fitted half in a model folder.
    objective : str
        What its manifest says was fitted.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    rank: ClassVar[int] = 100
    flexible: ClassVar[bool] = False
    interventional: ClassVar[bool] = False
    style: ClassVar[Style] = "complete"
    space: ClassVar[Mapping[str, Range]] = {}
    defaults: ClassVar[Params] = {}
    settings: ClassVar[Mapping[str, Range]] = {}
    learned: ClassVar[frozenset[str]] = frozenset()
    parts: ClassVar[tuple[str, ...]] = ()
    fewest: ClassVar[int] = 0
    file: ClassVar[str] = "family.json"
    objective: ClassVar[str] = "logistic"

    def label_in(self, round: str) -> str:
        """Return what sentences about a model of this treatment round call it."""
        return self.label

    def setting_faults(self, params: Params) -> list[str]:
        """Return what is wrong with settings that are to be fixed, a sentence each."""
        allowed = {**self.space, **self.settings}
        faults = []
        for name, value in params.items():
            if name not in allowed:
                listing = f"Known: {', '.join(allowed)}." if allowed else "It has none."
                hint = did_you_mean(str(name), allowed)
                faults.append(f"'{name}' is no setting of '{self.name}'.{hint} {listing}")
            elif not allowed[name].holds(value):
                faults.append(f"{name} = {value!r}; give {allowed[name].words}.")
        return faults

    def settings_of(self, part: str, params: Params) -> Params:
        """Return a part's own settings, by its own names.

        Examples
        --------
        >>> from predict.models.families import FAMILIES
        >>> FAMILIES["averaged"].settings_of("boosted", {"boosted.eta": 0.1, "linear.strength": 1})
        {'eta': 0.1}
        """
        own = f"{part}."
        return {
            name.removeprefix(own): value for name, value in params.items() if name.startswith(own)
        }

    def joined(self, parts: Sequence[Fitted]) -> Fitted:
        """Return the fitted half made of its parts' fitted halves, in the order of `parts`."""
        raise NotImplementedError

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return the raw columns this family looks at: every chosen one."""
        return training.chosen

    def bench(self, folds: Sequence[FoldData], *, seed: int, threads: int) -> Bench:
        """Return the folds made ready for trials."""
        return PlainBench(self, folds, seed, threads)

    @abstractmethod
    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Fitted:
        """Return the family fitted to prepared numbers."""

    def refit(self, sample: Resample, params: Params, *, shipped: Fitted, seed: int) -> Fitted:
        """Return the family fitted to a resample with the shipped settings, on one thread.

        Where the fit is a search for one minimum it may start from the shipped model, which lies
        near; the answer must not depend on it.
        """
        return self.fit(*sample.rows(), params, seed=seed, threads=1)

    @abstractmethod
    def from_bytes(self, data: bytes) -> Fitted:
        """Return the fitted half that `to_bytes` wrote."""

    def check(self, document: Any, *, names: Sequence[str], objective: str) -> None:
        """Prove that a parsed file holds this family's fitted half before anything is built of it.

        Parameters
        ----------
        document : dict
            The parsed file.
        names : sequence of str
            Prepared columns, as the other files of the model have them.
        objective : str
            What the manifest says was fitted.

        Raises
        ------
        ModelError
            Naming what is wrong with the file.
        """
        self.require(objective == self.objective)

    def require(self, holds: bool) -> None:
        """Refuse the stored file where what `check` found does not hold."""
        if not holds:
            raise ModelError(
                f"{self.file} does not fit the other files of the model. Restore the folder or "
                "train again.",
                code="MODEL_INCONSISTENT",
            )


@dataclass(frozen=True)
class PlainBench:
    """Trials by fitting the family to each fold from nothing."""

    family: Family
    folds: Sequence[FoldData]
    seed: int
    threads: int

    def attempt(self, params: Params, against: Trial | None = None) -> Trial:
        """Return what one setting reaches out of fold."""
        margins = np.zeros(sum(len(fold.positions) for fold in self.folds))
        for done, fold in enumerate(self.folds, start=1):
            fitted = self.family.fit(
                fold.train, fold.y_train, params, seed=self.seed, threads=self.threads
            )
            margins[fold.positions] = fitted.margin(fold.test)
            behind = lag(margins, self.folds[:done], against)
            if against is not None and behind > 0 and done < len(self.folds):
                return Trial(params, against.loss + behind, margins)
        return Trial(params, pooled_log_loss(margins, self.folds), margins)


def lag(margins: np.ndarray, done: Sequence[FoldData], against: Trial | None) -> float:
    """Return by how much a setting is behind the best so far on the folds done; 0 when ahead.

    On the first fold it has to lead by one standard error of the people's paired differences: of
    many settings that do equally well, the luckiest of one fold would else be followed through all.
    Afterwards who does not lead goes no further.

    References
    ----------
    Hutter, Hoos and Leyton-Brown 2011, "Sequential model-based optimization for general algorithm
    configuration", section 2.2 (a challenger is dropped once it is worse on the same instances);
    Birattari and others 2002, "A racing algorithm for configuring metaheuristics"; Breiman and
    others 1984, section 3.4.3 (one standard error).
    """
    if against is None:
        return 0.0
    gaps = np.concatenate(
        [
            log_loss_of_margin(margins[f.positions], f.y_test)
            - log_loss_of_margin(against.margins[f.positions], f.y_test)
            for f in done
        ]
    )
    lead = float(gaps.std() / np.sqrt(len(gaps))) if len(done) == 1 else 0.0
    behind = float(gaps.mean()) + lead
    return behind if behind > _NEVER_MIND else 0.0


def pooled_log_loss(margins: np.ndarray, folds: Sequence[FoldData]) -> float:
    """Return the mean log loss of out-of-fold margins over all people."""
    losses = [log_loss_of_margin(margins[f.positions], f.y_test) for f in folds]
    return float(np.concatenate(losses).mean())


def log_loss_of_margin(margin: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return each person's log loss from log-odds, stable for large margins."""
    losses: np.ndarray = np.logaddexp(0.0, margin) - y * margin
    return losses
