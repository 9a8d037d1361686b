"""Numbers hold when a pattern, a first number or a convention changes while bills are issued (rule B3)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from garage.db.models.collectivities import Convention
from garage.db.models.invoices import Invoice
from garage.db.queries import collectivities as bodies
from garage.db.queries.settings import current, version
from garage.db.session import Database
from garage.domain.collectivities import VatRegime
from garage.domain.errors.base import GarageError
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.numbering import number
from garage.domain.periods import Quarter
from garage.domain.settings import SettingGroup
from garage.operations import collectivities, numbering, settings
from garage.operations.collectivities import Amendment
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from garage.operations.settings import Edit
from tests.factories import garage as make

pytestmark = pytest.mark.slow
QUARTER = Quarter(2026, 3)


@pytest.fixture
def filled(database: Database) -> Database:
    """A few bills to come."""
    with database.transaction() as session:
        made = make.garage(session)
        for owner in (made.founder, made.partner, made.taxed, made.issuer):
            order = make.order(session, owner, vehicle_id=made.vehicles[owner.code].id)
            make.labour(session, order, 120)
            make.check(session, order)
    return database


def issue(database: Database) -> None:
    issue_quarter(database, Issuing(QUARTER, make.TODAY, make.NOW, make.CLERK), BillingRules(), make.TODAY)


def at_once(*acts: Callable[[], Any]) -> list[GarageError]:
    """Do these in threads that start together; a refusal is an answer, anything else fails."""
    gate, refusals, faults = threading.Barrier(len(acts)), [], []

    def run(act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            act()
        except GarageError as refusal:
            refusals.append(refusal)
        except BaseException as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    return refusals


def change_pattern(database: Database, pattern: str) -> None:
    with database.transaction() as session:
        values = {"number_pattern": pattern, "number_digits": 4}
        edit = Edit(SettingGroup.NUMBERS, values, version(session, SettingGroup.NUMBERS))
        settings.change(session, edit, make.CLERK, make.NOW, make.TODAY)


def test_a_year_has_one_pattern_whoever_comes_first(filled: Database) -> None:
    at_once(lambda: issue(filled), lambda: change_pattern(filled, "GM/{serie}{annee}/{numero}"))
    issue(filled)
    with filled.reading() as session:
        decided = current(session)
        bills = session.scalars(select(Invoice)).all()
    assert len(bills) == 4
    assert [one.number for one in bills] == [number(one.series, one.year, one.sequence, decided) for one in bills]


def test_a_series_has_no_gap_whoever_comes_first(filled: Database) -> None:
    def begin() -> None:
        with filled.transaction() as session:
            numbering.start(session, ("F", 2026, 57), make.CLERK, make.NOW, make.TODAY)

    refusals = at_once(lambda: issue(filled), begin)
    with filled.reading() as session:
        places = sorted(session.scalars(select(Invoice.sequence).where(Invoice.series == "F")))
    assert places == ([1, 2, 3] if refusals else [57, 58, 59])


def test_two_people_change_one_group_and_one_is_told(filled: Database) -> None:
    with filled.reading() as session:
        seen = version(session, SettingGroup.MAILS)

    def change(email: str) -> None:
        with filled.transaction() as session:
            edit = Edit(SettingGroup.MAILS, {"mails_bills": True, "accounting_email": email}, seen)
            settings.change(session, edit, make.CLERK, make.NOW, make.TODAY)

    assert len(at_once(lambda: change("a@exemple.fr"), lambda: change("b@exemple.fr"))) == 1


def test_what_is_billed_and_its_convention_agree_whoever_comes_first(filled: Database) -> None:
    with filled.reading() as session:
        owner = bodies.one(session, "BOURG")
        row = session.scalars(select(Convention).where(Convention.collectivity_id == owner.id)).one()
    present = collectivities.binding_of(row)
    wanted = replace(present, regime=VatRegime.TAXED)

    def change() -> None:
        with filled.transaction() as session:
            amendment = Amendment("BOURG", row.id, wanted, bodies.fingerprint(row))
            collectivities.amend(session, amendment, make.CLERK, make.NOW)

    refusals = at_once(lambda: issue(filled), change)
    with filled.reading() as session:
        bill = session.scalars(select(Invoice).where(Invoice.collectivity_id == owner.id)).one()
        kept = session.get_one(Convention, row.id)
    assert bill.regime is kept.regime
    assert bool(refusals) == (kept.regime is not VatRegime.TAXED)
