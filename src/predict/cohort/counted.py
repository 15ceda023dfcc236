"""What was read otherwise than it stands, or left out: a name, its code, words after a count.

Counts add up over the pieces of a table. A format that leaves rows out, or takes a cell for blank,
counts it under a name of its own here (`Source.counts`).
"""

from __future__ import annotations

COUNTED = {
    "lines_swallowed": (
        "LINES_SWALLOWED",
        "lines inside quoted cells have as many fields as a row: a stray quote may have swallowed "
        "rows. Look for it, and compare the number of rows.",
    ),
    "declared_missing": (
        "DECLARED_MISSING",
        "cells hold codes that the file itself declares missing; they are taken as no answer.",
    ),
    "date_means_missing": (
        "DATE_MEANS_MISSING",
        "dates are 1 January of 2995 to 2999, by which Castor says that there is none; they are "
        "taken as blank.",
    ),
    "rows_derived": (
        "ROWS_DERIVED",
        "rows are derived, as the study says: no measurements, left out of every visit.",
    ),
    "negative_zero": (
        "NEGATIVE_ZERO",
        "numbers are written as 0 with a minus sign; they count as 0.",
    ),
    "id_as_decimal": (
        "ID_AS_DECIMAL",
        "rows have an id with a decimal point, as in '220.0'; such ids stay as they are, and do "
        "not meet 220 of another table. Were they counted as numbers by a program, write them "
        "without it in every table.",
    ),
    "whole_as_decimal": (
        "WHOLE_AS_DECIMAL",
        "whole numbers are written with a decimal point, as in '2.0'.",
    ),
    "float_noise": (
        "FLOAT_NOISE",
        "numbers carry another program's floats, as in 3.799999952316284 or 5.4e-79; they count "
        "as the numbers they stand for, 3.8 and 0.",
    ),
    "total_skips_items": (
        "TOTAL_SKIPS_ITEMS",
        "given totals leave out unanswered items; the questionnaire's own rule for missing items "
        "was used, which may give another score, or none.",
    ),
    "total_alone": (
        "TOTAL_ALONE",
        "given totals stand without their items, as the study declares; they were taken.",
    ),
    "rounded_half_up": (
        "ROUNDED_HALF_UP",
        "given totals were rounded to whole scores, as the study declares.",
    ),
}
