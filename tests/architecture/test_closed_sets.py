"""Closed sets stay closed: a sentence per refusal, a label per member, a line per setting, a reason per dependency."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from dataclasses import fields

import pytest

from config import ROOT, Settings
from garage.db.all_models import METADATA
from garage.db.base import ENUMS
from garage.domain import errors
from garage.domain.errors.base import GarageError
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.permissions import GRANTED, Permission, Role
from garage.french import anomalies, jobs, labels, refusals
from garage.french.workshop import SENTENCES as WORKSHOP
from garage.jobs.schedule import TIMETABLE

REFUSALS = [
    one
    for module in pkgutil.iter_modules(errors.__path__, f"{errors.__name__}.")
    for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
    if issubclass(one, GarageError) and one is not GarageError and one.__module__ == module.name
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_refusal_has_a_sentence(refusal: type[GarageError]) -> None:
    assert refusal in refusals._SENTENCES | WORKSHOP


@pytest.mark.parametrize("enum", [*ENUMS, Permission])
def test_every_member_has_a_label(enum: type) -> None:
    assert all(labels.label(member) for member in enum)


def test_every_role_has_its_permissions_and_every_permission_somebody() -> None:
    assert set(GRANTED) == set(Role)
    assert set().union(*GRANTED.values()) == set(Permission)


def test_every_anomaly_has_a_sentence() -> None:
    assert set(anomalies._SENTENCES) == set(AnomalyCode)


def test_every_setting_is_in_the_example_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = dict(re.findall(r"^GARAGE_([A-Z0-9_]+)=(.*)$", text, re.MULTILINE))
    assert {name.lower() for name in told} == {field.name for field in fields(Settings)}
    assert Settings.from_env({f"GARAGE_{name}": value for name, value in told.items()}) == Settings()


@pytest.mark.parametrize("job", TIMETABLE, ids=lambda job: job.name)
def test_every_job_has_a_name_and_a_page_in_the_runbook(job) -> None:
    assert jobs.job_name(job.name)
    assert f"`{job.name}`" in (ROOT / "docs" / "exploitation.md").read_text(encoding="utf-8")


def test_every_table_is_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossaire.md").read_text(encoding="utf-8")
    assert [name for name in METADATA.tables if f"`{name}`" not in text] == []


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    for named in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        line = next(line for line in text.splitlines() if f'"{named}"' in line)
        assert "#" in line, f"{named}: why?"


def test_no_french_word_is_typed_with_a_straight_apostrophe() -> None:
    for path in (ROOT / "garage" / "french").rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        documented = ast.Module | ast.FunctionDef | ast.ClassDef
        docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(module) if isinstance(node, documented)}
        constants = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
        typed = [text for text in constants if isinstance(text, str) and text not in docstrings]
        wrong = [text for text in typed if re.search(r"[a-zéè]'[a-zéèêà]", text)]
        assert wrong == [], path.name
