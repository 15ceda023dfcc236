"""Every trap of the formats' page has a test that sees it, and that fails without its guard.

For each trap one text of the package is replaced in a temporary copy by what the line would be
without its guard (or by what a plain reader does), and the one test that plants the trap is run: it
must hold as the package stands, and fail on the copy. Each run is a process forked from one that
has the libraries, but not the package, loaded.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np  # noqa: F401 - loaded once for all forks
import pandas as pd  # noqa: F401
import pyarrow.compute  # noqa: F401
import pytest

from _proof import Tally, leave, share_asked, some

ROOT = Path(__file__).parents[1]
FORMATS, TESTS = "cohort/formats/", "tests/cohort/formats/"


@dataclass(frozen=True)
class Guard:
    """A trap, the test that plants it, and the text of the package that guards against it.

    Parameters
    ----------
    trap : str
    test : str
        ``file::name`` below the tests of formats, or of readers where it begins with ``../``.
    file : str
        Below the package.
    guard, without : str
        A text that stands there once, and what stands there without the guard.
    """

    trap: str
    test: str
    file: str
    guard: str
    without: str


def _fhir(trap: str, test: str, guard: str, without: str, file: str = "fhir_records.py") -> Guard:
    return Guard(trap, f"test_fhir.py::{test}", FORMATS + file, guard, without)


def _fault(trap: str, test: str, code: str, column: str = ", column") -> Guard:
    """A fault that is not told."""
    return _fhir(trap, test, f'record.refuse("{code}"{column})', "pass")


GUARDS = [
    Guard("a stored total skips blank items", "../readers/test_totals.py::"
          "test_a_total_that_skips_items_gives_way_to_the_rule", "cohort/totals.py",
          "np.where(alone | (given & (answered == len(names))), total, np.nan)", "total"),
    Guard("a total of an empty form", "../readers/test_totals.py::"
          "test_a_total_that_skips_items_gives_way_to_the_rule", "cohort/totals.py",
          "np.asarray((alone & ~asked) | taken)", "np.asarray(alone)"),
    Guard("REDCap: base rows first, then the repeats", "test_redcap.py::"
          "test_the_base_row_holds_the_facts_and_the_repeat_the_answers", FORMATS + "redcap.py",
          "if not (layout.form or layout.instance) or not table.num_rows:", "if True:"),
    Guard("REDCap: two instances inside one visit", "test_redcap.py::"
          "test_two_instances_of_one_visit_refuse_it", "cohort/visit_rows.py",
          'if study.duplicates == "refuse":', "if False:"),
    Guard("REDCap: boxes of a form never saved hold 0", "test_redcap.py::"
          "test_boxes_of_a_form_never_filled_are_blank_not_no", FORMATS + "redcap_forms.py",
          "pa.array(list(UNTICKED)))) & empty", "pa.array(list(UNTICKED)))) & False"),
    Guard("Qualtrics: recodes 1, 2, 3, 5", "test_surveys.py::"
          "test_many_codes_with_a_gap_between_stop_the_table", "cohort/coding.py",
          "return self.answers >= FEWEST_ANSWERS and apart", "return False"),
    Guard("labels 1, 2, 3, 5 are never shifted", "test_value_labels.py::"
          "test_codes_that_do_not_follow_on_one_another_are_never_shifted",
          "cohort/value_labels.py", "gaps = _gaps(item, note)", "gaps = []"),
    Guard("labels in moved order", "test_value_labels.py::"
          "test_labels_in_another_order_stop_the_table", "cohort/value_labels.py",
          "if words and words not in repeated:", "if False:"),
    Guard("LimeSurvey: N/A is not shown", "test_surveys.py::"
          "test_limesurvey_not_shown_is_blank_and_no_is_an_answer", FORMATS + "limesurvey.py",
          'NOT_SHOWN = ("N/A",)', 'NOT_SHOWN = ("no such word",)'),
    Guard("LimeSurvey: A1, AO01 and their digits", "test_surveys.py::"
          "test_limesurvey_codes_need_a_declared_number", FORMATS + "limesurvey.py",
          "        _refuse_bare_codes(table, reads)\n", ""),
    Guard("Castor: missing dates of 2995 to 2999", "test_surveys.py::"
          "test_castors_year_2995_is_no_date", "cohort/dates.py",
          "_MISSING_YEARS = range(2995, 3000)", "_MISSING_YEARS = range(0)"),
    Guard("SPSS: categories in the order of the alphabet", "test_spss_stata_sas.py::"
          "test_labelled_items_are_read_by_their_codes_never_by_the_alphabet",
          FORMATS + "readstat.py", "column_of(cells[name], as_text=name == file.id_column)",
          "column_of([sorted(set(w.values())).index(w[c]) for c in cells[name]] if "
          "(w := about.variable_value_labels.get(name)) else cells[name], "
          "as_text=name == file.id_column)"),
    Guard("SAS .xpt: the last people look like padding", "test_spss_stata_sas.py::"
          "test_a_transport_file_of_text_alone_says_that_its_end_is_unsure",
          FORMATS + "transport.py",
          "unsure = blank > 0 and all(field.text for field in fields.values())", "unsure = False"),
    Guard("SAS .xpt: padding is no row", "test_cdisc_transport.py::"
          "test_padding_behind_short_rows_is_no_row", FORMATS + "transport.py",
          "blank = min(_blank_rows(last, length, rest), count)", "blank = 0"),
    Guard("SAS .xpt: -0 as missing", "test_spss_stata_sas.py::"
          "test_zero_of_a_transport_file_is_zero_with_either_sign", FORMATS + "transport.py",
          "values[empty & (first != 0) & (first != 0x80)]", "values[empty & (first != 0)]"),
    Guard("SAS .xpt: ids as bytes", "test_cdisc_transport.py::"
          "test_adam_is_told_from_a_transport_file_and_read_by_visit", FORMATS + "transport.py",
          'pc.ascii_rtrim(pa.array(whole, pa.binary()).cast(pa.string()), " ")',
          "pa.array([str(cell) for cell in whole.tolist()])"),
    Guard("OpenDocument: booleans by the word shown", "test_excel.py::"
          "test_logical_cells_of_opendocument_are_the_stored_ones", FORMATS + "excel.py",
          'return "TRUE" if cell else "FALSE"', 'return "FALSE"'),
    _fhir("FHIR: one word, other codes by item", "test_gad7s_second_item_has_a_code_of_its_own",
          '_OWN = {"68509-9"', '_OWN = {"none"', "fhir_codes.py"),
    _fault("FHIR: an unknown answer code",
           "test_an_unknown_code_refuses_the_person_and_keeps_the_flag", "ANSWER_CODE_UNKNOWN"),
    _fault("FHIR: a stated total that is not its answers'",
           "test_a_total_beside_its_answers_must_be_theirs", "TOTAL_DISAGREES"),
    _fault("FHIR: a total outside its scale",
           "test_a_total_beside_its_answers_must_be_theirs", "TOTAL_OUTSIDE"),
    _fault("FHIR: a total as text",
           "test_a_total_beside_its_answers_must_be_theirs", "TOTAL_AS_TEXT"),
    _fault("FHIR: one code for every answer, the number beside it",
           "test_one_code_for_all_answers_with_the_number_beside_it_is_refused",
           "ANSWER_CODES_DISAGREE"),
    _fault("FHIR: answers as references",
           "test_an_answer_that_refers_elsewhere_is_refused", "ANSWER_NOT_CODED"),
    _fhir("FHIR: an item twice", "test_an_item_answered_twice_is_refused",
          'self.refuse("ITEM_TWICE", column)', "pass"),
    _fhir("FHIR: a total under the panel's code",
          "test_a_total_under_another_code_is_told_and_read_by_declaration",
          "self.tally.add(why_unread(column), rest.pop(column), column)", "rest.pop(column)"),
    _fhir("FHIR: links other than the Questionnaire's",
          "test_links_other_than_the_questionnaires_meet_nothing_and_stop",
          "if self.unread and not self.read:", "if False:"),
    _fhir("FHIR: codings without a system", "test_codes_without_a_system_are_counted",
          'task.tally.add("CODING_NO_SYSTEM", 1)', "pass"),
    _fhir("FHIR: subjects by urn:uuid", "test_a_subject_by_address_is_found_by_its_full_url",
          "if reference in self.people:", "if False:"),
    _fhir("FHIR: the same resource twice",
          "test_the_same_resource_twice_counts_once_and_reused_ids_are_told",
          "if not len(key) or key.max() + 1 == len(key):\n        return np.arange(len(key))",
          "return np.arange(len(key))", "fhir.py"),
    _fhir("FHIR: ids used again",
          "test_the_same_resource_twice_counts_once_and_reused_ids_are_told",
          'self.task.tally.add("RESOURCE_ID_REUSED", max(0, reused))', "pass",
          "fhir.py"),
    _fhir("FHIR: a status other than final or completed",
          "test_drafts_are_not_used_and_counted", 'if resource.get("status") in USED:',
          "if True:"),
    _fault("FHIR: no date", "test_a_response_without_a_date_is_refused", "DATE_ABSENT", ""),
    _fhir("FHIR: a patient inside a response is known there alone",
          "test_a_patient_inside_a_response_goes_by_its_identifier_never_by_the_id_there",
          'if reference.startswith("#"):', "if False:"),
    _fault("FHIR: a modifier that may turn the meaning",
           "test_a_record_whose_meaning_is_modified_is_refused", "MODIFIER_UNKNOWN", ""),
    _fhir("FHIR: more than 12, 12 per cent",
          "test_more_than_twelve_and_twelve_per_cent_are_no_scores",
          'value = None if odd else quantity.get("value")', 'value = quantity.get("value")'),
    _fhir("FHIR: former versions of resources", "test_a_history_of_versions_is_refused",
          'if bundle.get("type") == "history":', "if False:", "fhir_bundles.py"),
    _fhir("FHIR: the first page of a search",
          "test_pages_of_a_search_that_are_not_there_stop_the_table",
          "if lacking <= 0 and (seen[_LAST] or not seen[_FOLLOWED]):", "if True:",
          "fhir_bundles.py"),
    Guard("categories whose labels are other numbers", "test_value_labels.py::"
          "test_codes_of_categories_that_stand_for_other_numbers_stop_the_table",
          "cohort/value_labels.py", "yield from _numeral_problems(study, labelled)",
          "yield from ()"),
    Guard("a choice labelled the other way round", "test_value_labels.py::"
          "test_a_choice_whose_codes_the_file_labels_the_other_way_round_stops_the_table",
          "cohort/value_labels.py", "yield from _choice_problems(study, labelled)",
          "yield from ()"),
    Guard("LimeSurvey: 1 January 1980", "test_surveys.py::"
          "test_limesurveys_first_of_january_1980_is_no_date", FORMATS + "limesurvey.py",
          '_NO_DATE = "1980-01-01"', '_NO_DATE = "no date"'),
    Guard("a line of means below the table", "../readers/test_bad_input.py::"
          "test_a_bad_row_is_refused_alone_with_its_code", "cohort/cells.py",
          'self.fault("SUMMARY_ROW", column, message, lines)', "pass"),
    Guard("CDISC: NA is 96 while QSSTAT is blank", "test_cdisc_synthea.py::"
          "test_na_with_a_number_of_its_own_is_no_answer", FORMATS + "cdisc.py",
          "if structure.original in table.column_names:", "if False:"),
    Guard("ADaM: rows with DTYPE under the analysis flag", "test_cdisc_synthea.py::"
          "test_a_value_carried_forward_is_no_measurement_whatever_the_flag_says",
          FORMATS + "cdisc.py", "if structure.derivation in table.column_names:", "if False:"),
    Guard("Synthea: the teenagers' code", "test_cdisc_synthea.py::"
          "test_synthea_under_the_teenagers_code_is_told_and_read_by_declaration",
          FORMATS + "synthea.py", "if TEENS_TOTAL in there and", "if False and"),
]  # fmt: skip


def main(share: float = 1.0) -> int:
    """Run each test with its guard and without; a line a trap, then the last line."""
    tally, asked = Tally(), GUARDS[: some(len(GUARDS), share)]
    stand = {test: passes(test, ROOT / "src") for test in dict.fromkeys(g.test for g in asked)}
    for guard in asked:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "src"
            shutil.copytree(ROOT / "src", source)
            told = "" if taken_away(guard, source) else " (its guard is not where it was)"
            fails = not told and not passes(guard.test, source)
        kept = stand[guard.test] and fails
        tally.state(f"{guard.trap}: {guard.test.partition('::')[2]}{told}", kept)
    return tally.end()


def taken_away(guard: Guard, source: Path) -> bool:
    """Whether the guard stood once in the copy, and is gone now."""
    path = source / "predict" / guard.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(guard.guard, guard.without), encoding="utf-8")
    return text.count(guard.guard) == 1


def passes(test: str, source: Path) -> bool:
    """Whether a test passes with the package of this folder, in a process of its own."""
    child = os.fork()
    if child == 0:
        os._exit(_ends(test, source))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _ends(test: str, source: Path) -> int:
    """The exit status of pytest on one test; what it prints is kept from the screen."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "predict"]:
        del sys.modules[name]
    sys.path[:0] = [str(source), str(ROOT)]
    os.chdir(ROOT)
    place = os.path.normpath(TESTS + test)
    options = ["-q", "-x", "-p", "no:cacheprovider", "--no-header"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main([place, *options]))


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
