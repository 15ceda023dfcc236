"""PROBAST+AI: signalling questions of development quality and of risk of bias in evaluation.

The questions are told in our own words; each is answered from the checks that look at it.

References
----------
Moons et al. 2025, BMJ 388:e082505.
"""

from __future__ import annotations

from typing import Any

from predict.appraisal.evidence import Evidence

# part, domain, question, the checks that answer it; "" = always so by the program's construction.
QUESTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("development", "participants", "Were suitable data sources used?", "ROWS_REJECTED"),
    ("development", "participants", "Were people included as the use intends?", "RANGE_NARROW"),
    ("development", "participants", "Is each person in the data once?", "PEOPLE_DUPLICATE"),
    ("development", "predictors", "Were predictors defined alike for all?", "CODING_SHIFT"),
    ("development", "predictors", "Were they known at the intended time?", "NAME_SPEAKS_LATER"),
    (
        "development",
        "predictors",
        "Were they assessed without the outcome?",
        "MISSING_TELLS_OUTCOME",
    ),
    ("development", "outcome", "Was the outcome defined alike for all?", "OUTCOME_BY_PLACE"),
    ("development", "outcome", "Was it made without the predictors?", "OUTCOME_AMONG_PREDICTORS"),
    ("development", "outcome", "Was the outcome measured well enough?", "NEAR_THE_CUT"),
    ("development", "analysis", "Were there enough people with the outcome?", "SAMPLE_SIZE"),
    ("development", "analysis", "Were all included people analysed?", "ATTRITION"),
    ("development", "analysis", "Was missing data handled inside the folds?", ""),
    ("development", "analysis", "Was selection by single tests avoided?", ""),
    ("development", "analysis", "Was imbalance left as it is?", "CLASS_WEIGHTS"),
    ("development", "analysis", "Was overfitting held in check?", "SLOPE_OFF"),
    ("development", "analysis", "Were clusters allowed for?", "CLUSTER_IGNORED"),
    (
        "evaluation",
        "participants",
        "Do the people stand for those it is meant for?",
        "ATTRITION_SELECTIVE",
    ),
    ("evaluation", "participants", "Were exclusions few and told?", "ROWS_REJECTED"),
    ("evaluation", "participants", "Were people and clusters not split?", "CLUSTER_IGNORED"),
    ("evaluation", "participants", "Do several places carry the result?", "CLUSTER_DOMINANT"),
    ("evaluation", "predictors", "Are predictors free of what came later?", "LEAK_SUSPECT"),
    ("evaluation", "predictors", "Are predictors free of identity?", "COLUMN_IDENTITY"),
    ("evaluation", "predictors", "Are codes for missing declared?", "CODE_UNDECLARED"),
    ("evaluation", "outcome", "Was the outcome judged independently of estimates?", ""),
    ("evaluation", "outcome", "Was the interval to the outcome suitable?", ""),
    (
        "evaluation",
        "outcome",
        "Is the outcome free of arithmetic with predictors?",
        "OUTCOME_COUPLED",
    ),
    ("evaluation", "analysis", "Were there enough events to judge?", "EVENTS_FEW"),
    ("evaluation", "analysis", "Was the whole procedure judged on unseen people?", ""),
    ("evaluation", "analysis", "Were discrimination and calibration assessed?", ""),
    ("evaluation", "analysis", "Is the result plausible?", "AUROC_IMPLAUSIBLE"),
    ("evaluation", "analysis", "Is it well calibrated in the large?", "OFF_IN_THE_LARGE"),
    ("evaluation", "analysis", "Was it compared with plain rivals?", "RIVALS_MISSING"),
    ("evaluation", "analysis", "Does it hold within groups?", "FALLS_WITHIN_GROUPS"),
    ("evaluation", "analysis", "Is the result stable over repeats?", "REPEATS_DISAGREE"),
)
ANSWERS = {"passed": "Y", "note": "PY", "muted": "PN", "issue": "N", "not_applicable": "NI"}
RATING = {"Y": "low", "PY": "low", "NI": "unclear", "PN": "high", "N": "high"}
GRAVITY = ("low", "unclear", "high")


def probast(evidence: Evidence) -> dict[str, Any]:
    """Return questions with answers (Y, PY, PN, N, NI), and the worst rating of each domain."""
    rows = [
        {
            "part": part,
            "domain": domain,
            "question": question,
            "answer": ANSWERS[evidence.state(code)] if code else "Y",
            "from": code or "construction",
        }
        for part, domain, question, code in QUESTIONS
    ]
    domains = {
        part: {
            domain: _worst(
                [r["answer"] for r in rows if (r["part"], r["domain"]) == (part, domain)]
            )
            for domain in ("participants", "predictors", "outcome", "analysis")
        }
        for part in ("development", "evaluation")
    }
    overall = {part: max(ratings.values(), key=GRAVITY.index) for part, ratings in domains.items()}
    return {"overall": overall, "domains": domains, "questions": rows}


def _worst(answers: list[str]) -> str:
    return max((RATING[answer] for answer in answers), key=GRAVITY.index)
