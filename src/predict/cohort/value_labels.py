"""What a file's own value labels say of the coding: they check it and make no number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from predict.cohort.source import ColumnNotes
from predict.definitions.instruments import Item
from predict.definitions.study import MeasureColumns, Study
from predict.errors import Problem

MOST_SHOWN = 40  # letters of a label


@dataclass(frozen=True)
class LabelledColumn:
    """One item's column, the codes that the file labels, and the number that each label means.

    ``read`` is the number that the study reads a code as, ``meant`` that of the code's word.
    """

    column: str
    codes: tuple[float, ...]
    read: tuple[float, ...]
    meant: tuple[float, ...]

    @property
    def shift(self) -> float | None:
        """How far every code lies above what its word means; None where they do not agree."""
        distances = {round(a - b, 6) for a, b in zip(self.read, self.meant, strict=True)}
        return distances.pop() if len(distances) == 1 else None


def item_labels(item: Item, shift: float) -> dict[str, float]:
    """Return the instrument's own words for an item's answers, with their numbers in the table."""
    return {_plain(label): item.low + place + shift for place, label in enumerate(item.answers)}


def label_problems(study: Study, notes: Mapping[str, ColumnNotes]) -> Iterator[Problem]:
    """Yield how a file's value labels contradict the coding that the study declares.

    Of level ``warning`` where none of them is a known word, so that nothing could be held against
    the coding: labels in another language may run the other way.

    Parameters
    ----------
    notes : mapping of str -> ColumnNotes
        What the file says of its columns; a format without labels has none.
    """
    labelled = {name: note for name, note in notes.items() if note.values}
    for name, measure in study.instruments.items() if labelled else ():
        for visit, columns in measure.items.items():
            stated = [
                (item, column, labelled[column])
                for item in measure.instrument.items
                if (column := columns.get(item.key, "")) in labelled
            ]
            yield from _of_visit(name, measure, visit, stated)
        yield from _unknown_words(name, measure, labelled)
    yield from _numeral_problems(study, labelled)
    yield from _choice_problems(study, labelled)


def _numeral_problems(study: Study, labelled: Mapping[str, ColumnNotes]) -> Iterator[Problem]:
    """Columns of numbers whose labels are other numbers: categories of another program.

    A program that stores categories numbers them, 0, 1, 2, and writes the answers 5, 12, 20 beside
    them as labels.
    """
    for column, shift in _number_columns(study):
        labels = _numerals(labelled[column]) if column in labelled else {}
        odd = {
            code: number for code, number in labels.items() if number not in (code, code - shift)
        }
        if odd:
            code, number = next(iter(odd.items()))
            message = (
                f"Column '{column}': the file labels its code {code:g} as {number:g}; codes of"
            )
            message = f"{message} categories are no numbers. Store the numbers themselves."
            yield Problem("LABELS_CONTRADICT", message, column=column)


def _number_columns(study: Study) -> Iterator[tuple[str, float]]:
    """Each column that is read as a number by itself, and how far its codes are shifted."""
    for measure in study.instruments.values():
        if not (measure.words or measure.own_words or measure.codings):
            for visit, columns in measure.items.items():
                shift = measure.shift(measure.coding(visit))
                yield from ((column, shift) for column in columns.values())
        for columns in measure.totals.values():
            yield from ((column, 0.0) for column in columns.values())
        yield from ((column, 0.0) for column in measure.person_totals.values())
    for fact in study.people.values():
        if fact.kind == "number" and not fact.codes:
            yield fact.column, 0.0


def _numerals(note: ColumnNotes) -> dict[float, float]:
    """Labels that are numbers, by their code."""
    numbers = {}
    for code, word in _numbers(note).items():
        try:
            numbers[code] = float(word)
        except ValueError:
            continue
    return numbers


def _choice_problems(study: Study, labelled: Mapping[str, ColumnNotes]) -> Iterator[Problem]:
    """Choices whose code the file labels with the word of another one."""
    for fact in study.people.values():
        note = labelled.get(fact.column)
        own = {code: _plain(word) for code, word in fact.codes.items()}
        for code, word in note.values.items() if note and fact.kind == "choice" else ():
            if code in own and _plain(word) != own[code] and _plain(word) in own.values():
                message = f"Column '{fact.column}': the file labels the code {code} '{word}', the"
                message = f"{message} study '{fact.codes[code]}'; correct codes of '{fact.name}'."
                yield Problem("LABELS_CONTRADICT", message, column=fact.column)
                break
        said = {c: w for c, w in note.values.items() if c in own} if note else {}
        if said and not any(_plain(word) in own.values() for word in said.values()):
            shown = ", ".join(f"{c} = '{w[:MOST_SHOWN]}'" for c, w in sorted(said.items()))
            message = f"Column '{fact.column}': the file labels {shown}, in other words than the"
            message = f"{message} study; see that they mean the same."
            yield Problem("LABELS_UNKNOWN", message, column=fact.column, level="note")


def _of_visit(
    name: str,
    measure: MeasureColumns,
    visit: str,
    stated: list[tuple[Item, str, ColumnNotes]],
) -> Iterator[Problem]:
    """Each kind of contradiction once, at the first column that shows it."""
    repeated: set[str] = set()
    for item, column, note in stated:
        gaps = _gaps(item, note)
        labelled = _labelled(measure, item, visit, column, note)
        words = _gap_words(gaps, name) if gaps else _contradiction(labelled, name)
        if words and words not in repeated:
            repeated.add(words)
            code = "CODES_NOT_CONSECUTIVE" if gaps else "LABELS_CONTRADICT"
            message = f"{measure.instrument.title} at '{visit}', column '{column}': {words}"
            yield Problem(code, message, column=column)


def _unknown_words(
    name: str, measure: MeasureColumns, labelled: Mapping[str, ColumnNotes]
) -> Iterator[Problem]:
    """The labels of an instrument of which no item knows a single one, each set of them once."""
    columns: dict[str, list[str]] = {}
    for key, column, words in _item_words(measure, labelled):
        known = measure.meanings(key)
        if words and not any(_plain(word) in known for word in words.values()):
            columns.setdefault(_shown(words), []).append(column)
    for shown, of in columns.items():
        message = (
            f"{measure.instrument.title}: {len(of)} columns have labels that are no known words"
        )
        message = f"{message} ({shown}), so which way they run was not checked. See that they"
        message = f"{message} agree with the study, and state the words under answers = {{ ... }}"
        message = f"{message} of [instruments.{name}] to have them checked."
        yield Problem("LABELS_UNKNOWN", message, column=of[0], level="warning")


def _shown(words: Mapping[float, str]) -> str:
    return ", ".join(f"{code:g} = '{word[:MOST_SHOWN]}'" for code, word in sorted(words.items()))


def _item_words(
    measure: MeasureColumns, labelled: Mapping[str, ColumnNotes]
) -> Iterator[tuple[str, str, dict[float, str]]]:
    """Each item's key and labelled column, once, with the words that label its answers."""
    seen: set[str] = set()
    for visit, columns in measure.items.items():
        shift = measure.shift(measure.coding(visit))
        for item in measure.instrument.items:
            column = columns.get(item.key, "")
            if column in labelled and column not in seen:
                seen.add(column)
                numerals = _numerals(labelled[column])
                yield (
                    item.key,
                    column,
                    {
                        code: word
                        for code, word in _numbers(labelled[column]).items()
                        if item.low <= code - shift <= item.high and code not in numerals
                    },
                )


def _gaps(item: Item, note: ColumnNotes) -> tuple[float, ...]:
    """The labelled codes of all answers where they do not follow on one another."""
    codes = sorted(_numbers(note))
    whole = len(codes) == item.high - item.low + 1
    return tuple(codes) if whole and codes[-1] - codes[0] != len(codes) - 1 else ()


def _gap_words(codes: tuple[float, ...], name: str) -> str:
    shown = ", ".join(f"{code:g}" for code in codes)
    return (
        f"the file labels the codes {shown}, which do not follow on one another; state the number "
        f"of each as answers = {{ ... }} under [instruments.{name}]."
    )


def _labelled(
    measure: MeasureColumns, item: Item, visit: str, column: str, note: ColumnNotes
) -> LabelledColumn:
    coding = measure.coding(visit)
    words = item_labels(item, measure.shift(coding)) | dict(coding.words)
    meant = {code: words[_plain(w)] for code, w in _numbers(note).items() if _plain(w) in words}
    return LabelledColumn(column, tuple(meant), tuple(meant), tuple(meant.values()))


def _contradiction(labelled: LabelledColumn, name: str) -> str:
    """What labels say against the coding; nothing where they agree or tell too little."""
    if labelled.shift == 0 or not labelled.codes:
        return ""
    if labelled.shift is None:
        order = ", ".join(
            f'"{c:g}" = {m:g}' for c, m in zip(labelled.codes, labelled.meant, strict=True)
        )
        return (
            f"the file's labels give its codes another order than the study reads them in; write "
            f"answers = {{ {order} }} under [instruments.{name}], or correct the file."
        )
    return (
        f"by the file's labels its codes lie {labelled.shift:g} from what the study reads; write "
        f"coding_low = {min(labelled.codes):g} under [instruments.{name}], or correct the file."
    )


def _numbers(note: ColumnNotes) -> dict[float, str]:
    """Labelled codes that are numbers and not declared missing."""
    words = {}
    for code, word in note.values.items():
        try:
            words[float(code)] = word
        except ValueError:
            continue
    return {code: word for code, word in words.items() if not note.is_missing(code)}


def _plain(label: str) -> str:
    return " ".join(label.lower().split())
