"""The sections of every page, in reading order: to add one, write a file and list it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.reporting.desk import Case, Desk, Lane
from predict.reporting.facts import NotApplicable
from predict.reporting.sections.model.calibration import calibration
from predict.reporting.sections.model.card import card
from predict.reporting.sections.model.discrimination import discrimination
from predict.reporting.sections.model.drivers import drivers as model_drivers
from predict.reporting.sections.model.missing import missing
from predict.reporting.sections.model.outcomes import outcomes
from predict.reporting.sections.model.overall import overall
from predict.reporting.sections.model.participants import participants
from predict.reporting.sections.model.reproduce import reproduce
from predict.reporting.sections.model.sensitivity import sensitivity
from predict.reporting.sections.model.subgroups import subgroups
from predict.reporting.sections.model.summary import summary
from predict.reporting.sections.model.tripod import tripod
from predict.reporting.sections.model.uncertainty import uncertainty
from predict.reporting.sections.model.usefulness import usefulness
from predict.reporting.sections.patient.answers import answers
from predict.reporting.sections.patient.course import course
from predict.reporting.sections.patient.drivers import drivers
from predict.reporting.sections.patient.estimate import estimate
from predict.reporting.sections.patient.expectation import expectation
from predict.reporting.sections.patient.footer import footer
from predict.reporting.sections.patient.header import header
from predict.reporting.sections.patient.limits import limits
from predict.reporting.sections.patient.others import others
from predict.reporting.sections.patient.reliance import reliance
from predict.reporting.sections.patient.safety import safety

PatientSection = Callable[[Case], dict[str, Any] | NotApplicable]

ModelSection = Callable[[Desk, Lane], dict[str, Any] | NotApplicable]

PATIENT: dict[str, PatientSection] = {
    "header": header,
    "safety": safety,
    "expectation": expectation,
    "estimate": estimate,
    "reliance": reliance,
    "drivers": drivers,
    "course": course,
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
    "missing": missing,
    "sensitivity": sensitivity,
    "tripod": tripod,
    "reproduce": reproduce,
}

SECTIONS: dict[str, PatientSection | ModelSection] = {
    **{f"patient.{name}": section for name, section in PATIENT.items()},
    **{f"model.{name}": section for name, section in MODEL.items()},
}
