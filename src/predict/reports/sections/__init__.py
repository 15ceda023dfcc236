"""The sections of every page, in reading order: to add one, write a file and list it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.reports.context import ModelView, PatientView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.calibration import calibration
from predict.reports.sections.model.card import card
from predict.reports.sections.model.clinicians import clinicians
from predict.reports.sections.model.discrimination import discrimination
from predict.reports.sections.model.drivers import drivers as model_drivers
from predict.reports.sections.model.missing import missing
from predict.reports.sections.model.outcomes import outcomes
from predict.reports.sections.model.overall import overall
from predict.reports.sections.model.participants import participants
from predict.reports.sections.model.reproduce import reproduce
from predict.reports.sections.model.sensitivity import sensitivity
from predict.reports.sections.model.subgroups import subgroups
from predict.reports.sections.model.summary import summary
from predict.reports.sections.model.tripod import tripod
from predict.reports.sections.model.uncertainty import uncertainty
from predict.reports.sections.model.usefulness import usefulness
from predict.reports.sections.patient.answers import answers
from predict.reports.sections.patient.course import course
from predict.reports.sections.patient.drivers import drivers
from predict.reports.sections.patient.estimate import estimate
from predict.reports.sections.patient.expectation import expectation
from predict.reports.sections.patient.footer import footer
from predict.reports.sections.patient.header import header
from predict.reports.sections.patient.limits import limits
from predict.reports.sections.patient.next_score import next_score
from predict.reports.sections.patient.others import others
from predict.reports.sections.patient.reliance import reliance
from predict.reports.sections.patient.safety import safety
from predict.reports.sections.patient.then_now import then_now
from predict.reports.sections.patient.treatment import treatment

PatientSection = Callable[[PatientView], dict[str, Any] | NotApplicable]

ModelSection = Callable[[ReportContext, ModelView], dict[str, Any] | NotApplicable]

PATIENT: dict[str, PatientSection] = {
    "header": header,
    "safety": safety,
    "expectation": expectation,
    "estimate": estimate,
    "then_now": then_now,
    "reliance": reliance,
    "drivers": drivers,
    "course": course,
    "next_score": next_score,
    "treatment": treatment,
    "others": others,
    "answers": answers,
    "limits": limits,
    "footer": footer,
}

MODEL: dict[str, ModelSection] = {
    "summary": summary,
    "card": card,
    "participants": participants,
    "outcomes": outcomes,
    "discrimination": discrimination,
    "calibration": calibration,
    "overall": overall,
    "usefulness": usefulness,
    "subgroups": subgroups,
    "uncertainty": uncertainty,
    "drivers": model_drivers,
    "clinicians": clinicians,
    "missing": missing,
    "sensitivity": sensitivity,
    "tripod": tripod,
    "reproduce": reproduce,
}

SECTIONS: dict[str, PatientSection | ModelSection] = {
    **{f"patient.{name}": section for name, section in PATIENT.items()},
    **{f"model.{name}": section for name, section in MODEL.items()},
}
