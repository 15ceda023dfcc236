"""Two hundred damaged files a format: read or refused by name, never a crash, a hang or a loss.

Twelve people are written in every format; each file is then cut off somewhere, or has one byte
changed. Reading it must end within seconds, with a cohort or with a named refusal; where it gives
another number of rows than the whole file has, `--expect-rows` must refuse it.
"""

from __future__ import annotations

import random
import signal
import tempfile
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

from _clinic_writers import CLINIC
from _format_writers import FILES, STUDY, Drawn, Writer, draw
from _proof import Tally, leave, share_asked, some
from predict.cohort import read_cohort
from predict.cohort.formats import located
from predict.definitions.study import Study, read_study
from predict.errors import PredictError

DAMAGED, PEOPLE, SECONDS = 200, 12, 20


def main(share: float = 1.0) -> int:
    """Damage and read; a line a format, then the last line."""
    drawn, tally = few(draw()), Tally()
    for writer in [*CLINIC, *FILES][: some(len(CLINIC) + len(FILES), share)]:
        with tempfile.TemporaryDirectory() as folder:
            ends = damaged(writer, drawn, Path(folder))
        words = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        tally.state(f"{writer.name}: {words}", set(ends) <= {"read", "refused"})
    return tally.end()


def few(drawn: Drawn) -> Drawn:
    """The first people of a cohort."""
    ids = drawn.people.index[:PEOPLE]
    answers = {visit: table.loc[ids] for visit, table in drawn.answers.items()}
    days = {visit: series.loc[ids] for visit, series in drawn.days.items()}
    return replace(drawn, people=drawn.people.loc[ids], answers=answers, days=days)


def damaged(writer: Writer, drawn: Drawn, folder: Path) -> Counter[str]:
    """How the reading of each damaged copy ends."""
    place = located(writer.write(drawn, folder))
    study = read_study({**STUDY, **writer.study})
    rows, draws = rows_of(str(place), study), random.Random(writer.name)
    files = [p for p in ([Path(place.path)] if Path(place.path).is_file()
                         else sorted(Path(place.path).iterdir())) if p.is_file()]  # fmt: skip
    whole = {path: path.read_bytes() for path in files}
    ends: Counter[str] = Counter()
    for _ in range(DAMAGED):
        path = draws.choice(files)
        path.write_bytes(one_fault(whole[path], draws))
        ends[ending(str(place), study, rows)] += 1
        path.write_bytes(whole[path])
    return ends


def one_fault(data: bytes, draws: random.Random) -> bytes:
    """A copy that is cut off, or has one byte changed."""
    place = draws.randrange(1, len(data))
    if draws.random() < 0.5:
        return data[:place]
    return data[:place] + bytes([draws.randrange(256)]) + data[place + 1 :]


def rows_of(place: str, study: Study) -> int:
    """Rows of a table as it is laid out."""
    return int(read_cohort(place, study).flow["n"].iloc[0])


def ending(place: str, study: Study, rows: int) -> str:
    """How a reading ends: read, refused, lost, hung or crashed."""
    signal.alarm(SECONDS)
    try:
        count = rows_of(place, study)
        return "read" if count == rows or refused(place, study, rows) else "lost without a word"
    except PredictError:
        return "refused"
    except TimeoutError:
        return "hung"
    except Exception as error:
        return f"crashed ({type(error).__name__})"
    finally:
        signal.alarm(0)


def refused(place: str, study: Study, rows: int) -> bool:
    """Whether a table of other rows than expected is refused."""
    expecting = str(located(place).stating(expect_rows=rows))
    try:
        read_cohort(expecting, study)
    except PredictError:
        return True
    return False


def _too_long(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    leave(main(share_asked(__doc__)))
