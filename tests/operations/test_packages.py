"""Packages made by the head: created, changed, put away (rule O3)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage.db.models.journal import JournalEntry
from garage.db.queries import packages as queries
from garage.db.session import Database
from garage.domain.errors.base import BadCode, CodeTaken, Conflict, NotFound
from garage.domain.errors.repair_orders import BadMinutes
from garage.domain.errors.stock import BadQuantity
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.vehicles import VehicleType
from garage.operations import packages
from garage.operations.packages import Content
from tests.factories import garage as make
from tests.factories.garage import Garage

VID = Content(
    "vid-vl", " Vidange ", "MO-VL", 45, VehicleType.VEHICLE,
    (("P1", Decimal(1)), ("P2", Decimal("5.5")), ("P1", Decimal(1))), ("Niveaux", "  ", "Fuites"),
)  # fmt: skip


@pytest.fixture
def garage(database: Database) -> Garage:
    with database.transaction() as session:
        made = make.garage(session)
        packages.create(session, VID, make.HEAD, make.NOW)
    return made


def test_a_package_is_kept_whole(database: Database, garage: Garage) -> None:
    with database.reading() as session:
        row = queries.one(session, "VID-VL")
        assert (row.label, row.labour_code, row.standard_minutes) == ("Vidange", "MO-VL", 45)
        assert [(part.reference, part.quantity) for part in queries.parts(session, row.id)] == [
            ("P1", Decimal(2)), ("P2", Decimal("5.5")),
        ]  # fmt: skip
        assert [*queries.points(session, row.id)] == ["Niveaux", "Fuites"]
        assert (row.parts, row.points, row.active) == (2, 2, True)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code": "É!"}, BadCode),
        ({"code": "VID-VL"}, CodeTaken),
        ({"labour_code": "LAV"}, UnknownTariffCode),
        ({"labour_code": "RIEN"}, UnknownTariffCode),
        ({"standard_minutes": 0}, BadMinutes),
        ({"parts": (("P1", Decimal(0)),)}, BadQuantity),
        ({"parts": (("RIEN", Decimal(1)),)}, NotFound),
    ],
)
def test_refusals_keep_nothing(database: Database, garage: Garage, wrong: dict, error: type[Exception]) -> None:
    with pytest.raises(error), database.transaction() as session:
        packages.create(session, replace(VID, **{"code": "AUTRE"} | wrong), make.HEAD, make.NOW)
    with database.reading() as session:
        assert [row.code for row in queries.every(session)] == ["VID-VL"]


def test_a_change_replaces_what_was_seen(database: Database, garage: Garage) -> None:
    with database.transaction() as session:
        seen = queries.fingerprint(session, queries.one(session, "VID-VL").id)
        lighter = replace(VID, code="VID-2", parts=(("P2", Decimal(1)),), points=("Niveaux",), labour_code=None)
        packages.change(session, "VID-VL", lighter, seen, make.HEAD, make.NOW)
        row = queries.one(session, "VID-2")
        assert (row.parts, row.points, row.labour_code) == (1, 1, None)
    with pytest.raises(Conflict), database.transaction() as session:
        packages.change(session, "VID-2", VID, seen, make.HEAD, make.NOW)
    with pytest.raises(NotFound), database.transaction() as session:
        packages.change(session, "VID-VL", VID, seen, make.HEAD, make.NOW)


def test_put_away_it_is_proposed_no_more(database: Database, garage: Garage) -> None:
    def proposed(code: str) -> list[str]:
        with database.reading() as session:
            return [row.code for row in queries.suiting(session, garage.vehicles[code].id)]

    with database.transaction() as session:
        packages.create(session, Content("ENG", "Graissage", vehicle_type=VehicleType.MACHINE), make.HEAD, make.NOW)
        packages.create(session, Content("TOUS", "Lavage"), make.HEAD, make.NOW)
    assert proposed("BOURG") == ["TOUS", "VID-VL"]
    for _ in range(2):
        with database.transaction() as session:
            packages.archive(session, "VID-VL", make.HEAD, make.NOW)
    assert proposed("BOURG") == ["TOUS"]
    with database.transaction() as session:
        packages.archive(session, "VID-VL", make.HEAD, make.NOW, active=True)
        assert [row.code for row in queries.suiting(session, None)] == ["TOUS"]
    assert proposed("BOURG") == ["TOUS", "VID-VL"]
    with pytest.raises(NotFound), database.transaction() as session:
        packages.archive(session, "RIEN", make.HEAD, make.NOW)
    with database.reading() as session:
        told = session.scalars(select(JournalEntry.action).where(JournalEntry.subject_key == "VID-VL"))
        assert [*told] == ["package.create", "package.archive", "package.restore"]
