"""What each door does with each of the 149 bad inputs and with tables that are shifted: data.

An action is ``reads`` (the same scores as the clean table), ``tells CODE`` (so, and a warning),
``stops CODE`` (exit status 4), ``leads CODE`` and ``withholds CODE`` (see `ACTIONS`); of a row
``scores``, ``rejects CODE`` or ``silent CODE`` (no estimate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CANNOT = "cannot exist here"
PIECES = ("file", "stream", "folder", "part")
FRAMES = ("frame", "served")
WHOLE = ("explain", "validate", "report")
ALL = (*PIECES, *FRAMES, *WHOLE)
Actions = Mapping[str, str]


def everywhere(action: str, **other: str) -> dict[str, str]:
    """The same at every door but those that are named."""
    return {**dict.fromkeys(ALL, action), **other}


def in_files(action: str, **other: str) -> dict[str, str]:
    """A fault of bytes: a frame of cells cannot have it."""
    return everywhere(action, **{**dict.fromkeys(FRAMES, CANNOT), **other})


def in_pieces(action: str, **other: str) -> dict[str, str]:
    """A fault of many files or of what a batch writes: other doors read one table at once."""
    return {**dict.fromkeys(ALL, CANNOT), **dict.fromkeys(PIECES, action), **other}


def nowhere() -> dict[str, str]:
    """A fault of training: no row meets a stored model."""
    return dict.fromkeys(ALL, CANNOT)


def as_of(action: str) -> dict[str, str]:
    """Later columns are left unread at the doors that read as of the model's visit."""
    return everywhere(action, validate="reads", report="reads")


ITEM = "phq9_4_baseline"
LONG = "x" * 100_000
MARKUP = "</script><i>P1</i>"


@dataclass(frozen=True)
class RowFault:
    """A fault of one row: its number in the list, the cells changed, and what becomes of it."""

    number: int
    cells: Mapping[str, str]
    action: str
    other: Mapping[str, str] | None = None

    def at(self, door: str) -> str:
        """What becomes of the row at a door."""
        return (self.other or {}).get(door, self.action)


def cell(number: int, column: str, text: str, action: str) -> RowFault:
    return RowFault(number, {column: text}, action)


def cells(number: int, column: str, texts: tuple[str, ...], action: str) -> list[RowFault]:
    return [cell(number, column, text, action) for text in texts]


_OUT, _NO = "rejects OUT_OF_RANGE", "rejects NOT_A_NUMBER"
_DATE = "rejects DATE_UNREADABLE"
PHQ9 = tuple(f"phq9_{n}_baseline" for n in range(1, 10))
GAD7 = tuple(f"gad7_{n}_baseline" for n in range(1, 8))
UNBORN = {"birth_date": ""}
# A later visit that lies before the first is seen by the doors that read later visits.
_BACKWARDS = dict.fromkeys(("validate", "report"), "rejects DATE_BEFORE_START")

ROWS: tuple[RowFault, ...] = (
    cell(7, "age", "30,5", _NO),
    cell(10, "person", "2\x00", "rejects ID_UNREADABLE"),
    cell(10, ITEM, "2\x00", _NO),
    cell(11, "note", "one\ntwo, three", "scores"),
    RowFault(21, {"(all)": "(names)"}, "rejects HEADER_REPEATED"),
    cell(23, "person", LONG, "rejects ID_UNREADABLE"),
    *cells(41, "person", ("", "  "), "rejects ID_BLANK"),
    cell(42, "person", "NA", "scores"),
    cell(43, "person", "00123", "scores"),
    *cells(44, "person", ("12345678901234567890", "1e5", "None"), "scores"),
    *cells(45, "person", ("P-twice", "P-twice"), "rejects ID_REPEATED"),
    cell(46, "person", "P-twice", "rejects ID_REPEATED"),
    cell(48, "person", "Jane Miller", "scores"),
    *cells(49, ITEM, ("4", "7", "-1"), _OUT),
    cell(51, ITEM, "2.7", "rejects NOT_WHOLE"),
    cell(52, ITEM, "２", _NO),
    cell(53, ITEM, "٢", _NO),
    *(RowFault(54, {ITEM: text, "phq9_sum": ""}, "scores") for text in ("", "NA", ".")),
    RowFault(55, {ITEM: "99", "phq9_sum": ""}, "scores"),
    *cells(55, ITEM, ("-9", "-99", "999"), _OUT),
    cell(56, ITEM, "Several days", _NO),
    cell(57, ITEM, "TRUE", _NO),
    *cells(58, ITEM, ("inf", "nan"), _NO),
    *cells(59, ITEM, ("1e0", "0x2", "1_0", "1,000"), _NO),
    RowFault(60, {**UNBORN, "age": " 44 "}, "scores"),
    RowFault(61, dict.fromkeys([*PHQ9[:5], "phq9_sum"], ""), "silent missing_too_many"),
    RowFault(62, dict.fromkeys([*PHQ9, *GAD7, "phq9_sum"], ""), "silent as_of_visit_absent"),
    cell(63, "phq9_sum", "1", "rejects TOTAL_NOT_SUM"),
    cell(63, "phq9_sum", "28", _OUT),
    cell(70, "seen_baseline", "13/01/2024", _DATE),
    cell(71, "seen_baseline", "02/01/2024", _DATE),
    cell(72, "seen_baseline", "2023-02-29", _DATE),
    cell(73, "seen_baseline", "2024-02-29", "scores"),
    cell(74, "seen_baseline", "24-01-10", _DATE),
    cell(75, "seen_baseline", "45292", _DATE),
    RowFault(76, {"seen_round_one_end": "2024-03-01"}, "scores", _BACKWARDS),
    cell(77, "seen_baseline", "2094-04-02", "rejects DATE_IN_FUTURE"),
    cell(78, "seen_baseline", "2024-04-02T23:30:00+09:00", "scores"),
    cell(79, "seen_baseline", "2024-03-31 02:30", "scores"),
    *(RowFault(80, {**UNBORN, "age": age}, _OUT) for age in ("0", "150", "17")),
    RowFault(80, {**UNBORN, "age": "95"}, "silent value_outside"),
    cell(81, "birth_date", "2001-11-05", "rejects AGE_NOT_BIRTH_DATE"),
    cell(82, "sex", "unsaid", "rejects CHOICE_UNKNOWN"),
    cell(82, "sex", "other", "silent category_unseen"),
    *cells(83, "sex", ("Female", "fe male"), "rejects CHOICE_UNKNOWN"),
    cell(108, "person", "=cmd()", "scores"),
    cell(109, "person", MARKUP, "scores"),
)

# Rows of another width: only a file can hold them.
WIDTHS: Mapping[int, tuple[int, str]] = {
    13: (7, "rejects ROW_TOO_SHORT"),
    14: (9, "rejects ROW_TOO_LONG"),
    16: (60, "rejects ROW_TOO_SHORT"),
}

# The name of a maker of `door_inputs`, by number; several where one number has several forms.
_TOO_FEW = "stops TOO_FEW_TO_VALIDATE"
_OTHER = everywhere(
    "stops DISTRIBUTION_OTHER",
    validate="leads DISTRIBUTION_OTHER",
    report="withholds DISTRIBUTION_OTHER",
)
TABLES: Mapping[str, tuple[int, Actions]] = {
    "byte_order_mark": (1, in_files("reads")),
    "latin_1": (2, in_files("stops NOT_UTF8")),
    "utf_16": (3, in_files("stops NOT_UTF8")),
    "mixed_encodings": (4, in_files("stops NOT_UTF8")),
    "semicolons": (5, in_files("stops DELIMITER")),
    "tabs": (6, in_files("stops DELIMITER")),
    "cr_only": (8, in_files("stops LINE_ENDS")),
    "crlf": (9, in_files("reads")),
    "open_quote": (12, in_files("stops QUOTE_OPEN")),
    "trailing_comma": (15, in_files("stops TRAILING_COMMA")),
    "empty_file": (17, in_files("stops TABLE_EMPTY")),
    "header_alone": (18, everywhere("tells TABLE_NO_ROWS", validate=_TOO_FEW)),
    "blank_lines": (19, in_files("stops TABLE_EMPTY")),
    "preamble": (20, in_files("stops PREAMBLE")),
    "two_tables": (22, in_files("stops TWO_TABLES")),
    "ten_thousand_columns": (24, in_files("stops TOO_MANY_COLUMNS")),
    "packed": (25, in_files("reads")),
    "zip": (26, in_files("stops TABLE_PACKED")),
    "packed_and_cut": (27, in_files("stops TABLE_PACKED")),
    "packed_beyond_measure": (28, in_files("stops TABLE_PACKED")),
    "invisible_in_header": (29, in_files("stops HEADER_INVISIBLE")),
    "header_by_case": (30, everywhere("stops COLUMN_MISSING")),
    "column_twice": (31, everywhere("stops COLUMN_REPEATED")),
    "columns_missing": (32, everywhere("stops COLUMN_MISSING")),
    "extra_column": (33, everywhere("tells EXTRA_COLUMNS")),
    "order_of_columns": (34, everywhere("reads")),
    "renamed_instrument": (35, everywhere("stops COLUMN_MISSING")),
    "later_columns": (36, as_of("tells LATER_COLUMNS")),
    "written_after_treatment": (37, nowhere()),
    "round_two_columns": (38, everywhere("tells EXTRA_COLUMNS")),
    "id_as_feature": (39, nowhere()),
    "constant_column": (40, _OTHER),
    # Nobody has an estimate without an age, so nobody is left to judge the model on.
    "empty_column": (40, everywhere("tells COLUMN_EMPTY", validate=_TOO_FEW)),
    "person_in_two_folds": (47, nowhere()),
    "id_of_a_person": (48, everywhere("tells ID_LOOKS_PERSONAL")),
    "pointed_whole_numbers": (50, everywhere("reads")),
    "total_without_items": (64, everywhere("stops COLUMN_MISSING")),
    "items_from_one": (65, everywhere("stops CODING_SHIFT")),
    "instrument_reversed": (66, _OTHER),
    "straight_lines": (67, everywhere("tells ANSWERS_STRAIGHT")),
    "grams_for_kilograms": (68, {**_OTHER, "validate": "stops DISTRIBUTION_OTHER"}),
    "dates_of_another_format": (70, everywhere("stops DATE_FORMAT")),
    "ambiguous_dates": (71, everywhere("stops DATE_FORMAT")),
    "items_as_text": (84, in_files("stops COLUMN_TYPE")),
    "small_integers": (85, everywhere("reads")),
    "categories": (86, everywhere("reads")),
    "decimals": (87, in_files("reads")),
    "nested": (88, in_files("stops COLUMN_NESTED")),
    "times_with_zone": (89, everywhere("tells EXTRA_COLUMNS")),
    "parquet_cut": (90, in_files("stops TABLE_NOT_PARQUET")),
    "parquet_bit_flipped": (91, in_files("stops TABLE_NOT_PARQUET")),
    "schemas_differ": (92, in_pieces("stops TABLE_SCHEMAS_DIFFER", stream=CANNOT)),
    "no_row_groups": (93, in_files("tells TABLE_NO_ROWS", validate=_TOO_FEW)),
    # A stream has no name that says what it should be.
    "encrypted": (94, in_files("stops TABLE_NOT_PARQUET", stream="stops NOT_UTF8")),
    "very_many_files": (95, in_pieces("tells MANY_FILES", stream=CANNOT)),
    "a_folder": (96, in_files("stops TABLE_IS_FOLDER", stream=CANNOT)),
    "a_link": (97, in_files("reads", stream=CANNOT)),
    "not_there": (98, in_files("stops TABLE_NOT_FOUND", stream=CANNOT)),
    "months_as_pandas_writes_them": (130, in_files("reads", stream=CANNOT)),
    "a_month_lacks_a_column": (131, in_files("stops TABLE_SCHEMAS_DIFFER", stream=CANNOT)),
    "keys_in_names": (132, in_files("tells EXTRA_COLUMNS", stream=CANNOT)),
    "xz": (134, in_files("stops TABLE_PACKED")),
    "feather": (135, in_files("stops FORMAT_NOT_READ")),
    "json_lines": (135, in_files("stops FORMAT_NOT_READ")),
    "changes_under_the_run": (99, in_pieces("stops TABLE_CHANGED", stream=CANNOT)),
}

# Circumstances of a process or of what a batch writes: the action, and the test that shows it.
# Doors in Python return a value; writing it is a step of its own.
CIRCUMSTANCES: Mapping[int, tuple[Actions, str]] = {
    100: (in_pieces("stops OUTPUT_EXISTS"), "test_100_"),
    101: (in_pieces("stops OUTPUT_UNWRITABLE"), "test_101_"),
    102: (in_pieces("stops without a final name"), "test_102_"),
    103: (in_pieces("ends with 130, resumes"), "test_103_"),
    104: (in_pieces("ends with 143, resumes"), "test_103_104_"),
    105: (in_pieces("stops OUT_OF_MEMORY"), "test_105_"),
    106: (in_pieces("stops OUTPUT_LOCKED"), "test_106_"),
    107: (in_pieces("stops OUTPUT_IS_INPUT", stream=CANNOT), "test_107_"),
    110: (everywhere("reads"), "test_110_"),
    111: (everywhere("reads"), "test_111_"),
    112: ({**nowhere(), "stream": "reads"}, "test_112_"),
    113: (in_pieces("reads", stream=CANNOT), "test_113_"),
    114: (in_pieces("stops OUTPUT_UNWRITABLE"), "test_114_"),
    115: (in_pieces("stops OUTPUT_FOREIGN"), "test_115_"),
    116: (in_pieces("stops, the old scores stay"), "test_116_"),
    117: (in_pieces("stops OUTPUT_OTHER_RUN"), "test_117_"),
    118: (in_pieces("reads"), "test_118_"),
    119: (in_pieces("reads"), "test_119_"),
    120: (in_pieces("stops TOO_MANY_REJECTED"), "test_120_"),
    121: (in_pieces("stops PARTS_ABSENT"), "test_121_"),
    122: (in_pieces("stops SCHEDULER_LOST"), "test_122_"),
    123: (everywhere("silent below_floor"), "test_123_"),
    124: (everywhere("silent answer_absent_needed"), "test_124_"),
    125: (everywhere("reads, and flags"), "test_125_"),
    126: (_OTHER, "test_126_"),
    127: (in_pieces("tells DISTRIBUTION_OTHER"), "test_127_"),
    128: (in_pieces("ends with 8"), "test_128_"),
    129: (in_pieces("reads"), "test_129_"),
    # Rows are lost inside the cell: the scores are not those of the clean table.
    133: (in_files("tells LINES_SWALLOWED"), "test_133_"),
    136: (in_pieces("stops TABLE_CHANGED", stream=CANNOT), "test_136_"),
    137: (in_pieces("stops as what is so named"), "test_137_"),
    138: (in_pieces("ends with its parent"), "test_138_"),
    139: (in_pieces("stops OUTPUT_LOCKED"), "test_139_"),
    140: (in_pieces("stops SIGNATURE_WRONG"), "test_140_"),
    141: (everywhere("stops MODEL_OUT_OF_BOUNDS"), "test_141_"),
    142: (everywhere("stops BOOSTER_INVALID"), "test_142_"),
    143: ({**nowhere(), "validate": "leads TRAINING_PEOPLE"}, "test_143_"),
    144: (everywhere("tells CORRELATION_LOST"), "test_144_"),
    145: (_OTHER, "test_145_"),
    146: (everywhere("tells ANSWERS_REPEATED"), "test_146_"),
    147: (everywhere("tells MISSING_MORE"), "test_147_"),
    148: (everywhere("tells NO_ESTIMATE_MANY"), "test_148_"),
    149: (everywhere("tells DISTRIBUTION_DRIFT"), "test_149_"),
}

# Tables of 240 people that are other than what the model learned from. In a door's place: what it
# does with them.
SHIFTED: Mapping[str, Actions] = {
    "age_constant": _OTHER,
    "answers_higher_within_range": _OTHER,
    "answers_lower_within_range": _OTHER,
    "instrument_reversed": _OTHER,
    "item_reversed": _OTHER,
    # Nobody may be judged, so too few are left; the error names the cause.
    "grams": {**_OTHER, "validate": "stops DISTRIBUTION_OTHER"},
    "only_the_severe": _OTHER,
    "answers_one_higher": everywhere("stops CODING_SHIFT"),
    "older_by_a_few_years": everywhere("tells DISTRIBUTION_DRIFT"),
    "gad7_of_the_next_person": everywhere("tells CORRELATION_LOST"),
    # The error names the cause too.
    "items_in_each_others_columns": {
        **everywhere("stops ITEMS_OTHER"),
        "validate": "leads DISTRIBUTION_OTHER",
        "report": "withholds DISTRIBUTION_OTHER",
    },
    "answers_of_other_people": everywhere("tells ANSWERS_REPEATED"),
    "an_item_often_missing": everywhere("tells MISSING_MORE"),
    "a_quarter_left_blank": everywhere("tells NO_ESTIMATE_MANY"),
    "women_are_men": everywhere("tells DISTRIBUTION_DRIFT"),
    "in_another_order": everywhere("reads"),
}
