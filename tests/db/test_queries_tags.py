"""What a code leads to, on both databases: every way of writing it, in the order of the garage."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from garage.db.models.planning import Assignment
from garage.db.models.stock import Bin, Part, PartBarcode, Store
from garage.db.models.vehicles import Vehicle, VehicleBarcode
from garage.db.models.work_time import ClockSegment
from garage.db.queries import bins, tags
from garage.db.session import Database
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.domain.tags import Thing, read
from garage.operations import order_lines, repair_orders, stock, stores
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW, Garage

V, P, R, B = Thing.VEHICLE, Thing.PART, Thing.ORDER, Thing.BIN


def known(session: Session) -> Garage:
    """A garage with plates, barcodes, bins and orders whose codes are told apart."""
    made = make.garage(session)
    van = made.vehicles["BOURG"]
    van.registration, van.tag = "GH-412-JK", "7K3M9XQ2ABCD"
    made.vehicles["VILLE"].registration = "1234 AB 29"
    shelf = stores.bin_of(session, "Étagère 4")
    made.parts["P1"].tag, made.parts["P1"].bin_id = "PPPPPPPPPPPP", shelf
    made.parts["P2"].bin_id = shelf
    session.add_all(
        [
            PartBarcode(code="3400930000014", part_id=made.parts["P1"].id),
            PartBarcode(code="abC-9/x", part_id=made.parts["P2"].id),
            VehicleBarcode(code="VF1MA000012345678", vehicle_id=van.id),
        ]
    )
    order = make.order(session, made.partner, date(2026, 3, 2), vehicle_id=van.id)
    order.tag = "222222222222"
    make.order(session, made.partner, date(2025, 3, 2), object_label="Portail de l’école")
    session.flush()
    return made


@pytest.mark.parametrize(
    ("scanned", "thing", "key"),
    [
        ("https://ancien.test/q/7k3m9xq2abcd", V, "BOURG-1"),
        ("7K3M 9XQ2-abcd", V, "BOURG-1"),
        ("https://garage.test/q/PPPPPPPPPPPP", P, "P1"),
        ("222222222222", R, "OR-2026-00001"),
        ("or-2026-00001", R, "OR-2026-00001"),
        ("2025-1", R, "OR-2025-00001"),
        ("gh412jk", V, "BOURG-1"),
        ("GH-412-JK", V, "BOURG-1"),
        (" gh 412 jk ", V, "BOURG-1"),
        ("1234ab29", V, "VILLE-1"),
        ("eau-1", V, "EAU-1"),
        ("3400930000014", P, "P1"),
        ("03400930000014", P, "P1"),
        ("]C10103400930000014", P, "P1"),
        ("(01)03400930000014(10)A12", P, "P1"),
        ("\"'àà)(é", None, ""),
        ("\"'ààç\"àààà&'", None, ""),
        ("\"'ààç\"àààà à&'", None, ""),
        ("\"'ààç\"ààààà&'", P, "P1"),
        ("ABC-9/X", None, ""),
        ("abC-9/x", P, "P2"),
        ("p2", P, "P2"),
        ("vf1ma000012345678", V, "BOURG-1"),
        ("B.Étagère 4", B, "Étagère 4"),
        ("https://garage.test/q/B.%C3%89tag%C3%A8re%204", B, "Étagère 4"),
        ("etagere 4", B, "Étagère 4"),
        ("inconnu", None, ""),
        ("ZZZZZZZZZZZZ", None, ""),
        ("B.", None, ""),
        ("", None, ""),
        ("%", None, ""),
    ],
)
def test_one_code_one_thing(database: Database, scanned: str, thing: Thing | None, key: str) -> None:
    with database.transaction() as session:
        known(session)
        found = tags.resolve(session, scanned)
        assert [(one.thing, one.key) for one in found] == ([(thing, key)] if thing else [])


def test_what_may_mean_several_things_says_so_in_order(database: Database) -> None:
    with database.transaction() as session:
        made = known(session)
        make.vehicle(session, made.founder, "1", registration=None)
        made.vehicles["EAU"].registration = "GH-412-JK"
        session.flush()
        assert [one.key for one in tags.resolve(session, "1")] == ["OR-2026-00001", "OR-2025-00001", "1"]
        assert [one.key for one in tags.resolve(session, "gh412jk")] == ["BOURG-1", "EAU-1"]
        assert [(one.thing, one.title, one.plate) for one in tags.resolve(session, "OR-2026-1")] == [
            (R, "Ordre OR-2026-00001", "GH-412-JK")
        ]


def test_one_thing_found_in_two_ways_is_one(database: Database) -> None:
    with database.transaction() as session:
        made = known(session)
        make.vehicle(session, made.founder, "AA-111-BB", registration="AA-111-BB")
        assert [one.key for one in tags.resolve(session, "aa-111-bb")] == ["AA-111-BB"]


def test_our_label_wins_over_everything(database: Database) -> None:
    with database.transaction() as session:
        made = known(session)
        session.add(PartBarcode(code="7K3M9XQ2ABCD", part_id=made.parts["P2"].id))
        session.flush()
        assert [one.key for one in tags.resolve(session, "7K3M9XQ2ABCD")] == ["BOURG-1"]


def test_to_the_street_only_our_labels_answer(database: Database) -> None:
    with database.transaction() as session:
        known(session)
        assert tags.own(session, read("https://garage.test/q/7K3M9XQ2ABCD"))
        for other in ("GH-412-JK", "BOURG-1", "3400930000014", "OR-2026-00001", "P1"):
            assert tags.own(session, read(other)) == ()


def test_the_open_orders_that_are_mine(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        me, colleague = make.user(session, Role.MECHANIC), make.user(session, Role.MECHANIC)
        van = made.vehicles["BOURG"].id
        orders = [make.order(session, made.partner, vehicle_id=van) for _ in range(6)]
        numbers = [one.number for one in orders]

        def mine() -> list[str]:
            session.flush()
            return tags.open_orders_of_mine(session, van, me.id)

        assert mine() == []
        orders[0].created_by_id = me.id
        assert mine() == numbers[:1]
        session.add(ClockSegment(user_id=me.id, order_id=orders[1].id, started_at=NOW, created_at=NOW))
        assert mine() == numbers[:2]
        order_lines.add_labour(session, make.entry(orders[2]), "MO-VL", 30, me.id)
        assert mine() == numbers[:3]
        day = date(2026, 10, 13)
        session.add(Assignment(order_id=orders[3].id, user_id=me.id, day=day, minutes=60, created_at=NOW))
        session.add(Assignment(order_id=orders[4].id, user_id=colleague.id, day=day, minutes=60, created_at=NOW))
        assert mine() == numbers[:4]
        repair_orders.change_state(session, numbers[0], OrderState.CANCELLED, HEAD, NOW, reason="Doublon")
        assert mine() == numbers[1:4]


def test_a_bin_of_another_store_is_told_apart(database: Database) -> None:
    with database.transaction() as session:
        known(session)
        session.add(Store(id=2, code="DEPOT", name="Dépôt du port"))
        session.flush()
        shelf = bins.by_key(session, "Étagère 4")
        there, alone = (stores.bin_of(session, code, 2) for code in ("Étagère 4", "Quai"))
        odd = stores.bin_of(session, "Quai@DEPOT")
        assert shelf is not None
        assert keys(session, "B.etagere 4") == [shelf.id]
        assert keys(session, "b.étagère 4@depot") == [there]
        assert keys(session, "Étagère 4") == [shelf.id, there]
        assert keys(session, "B.Quai") == [alone]
        assert keys(session, "quai@depot") == [odd, alone]
        found = tags.resolve(session, "B.Étagère 4@DEPOT")
        assert [(one.key, one.title, one.detail) for one in found] == [
            ("Étagère 4@DEPOT", "Casier Étagère 4 (Dépôt du port)", "B.Étagère 4@DEPOT")
        ]
        assert bins.by_key(session, "Étagère 4@AILLEURS") is None
        assert bins.by_key(session, "@DEPOT") is None
        assert [one.key for one in bins.every(session, "port")] == ["Quai@DEPOT", "Étagère 4@DEPOT"]
        session.get_one(Bin, alone).active = False
        session.flush()
        assert [one.key for one in bins.every(session, "port")] == ["Étagère 4@DEPOT"]
        assert keys(session, "B.Quai@DEPOT") == [odd, alone]


def keys(session: Session, scanned: str) -> list[int | None]:
    found = tags.resolve(session, scanned)
    assert {one.thing for one in found} <= {B}
    return [one.id for one in found]


def test_what_lies_in_a_bin_is_counted_there(database: Database) -> None:
    with database.transaction() as session:
        made = known(session)
        session.add(Store(id=2, code="DEPOT", name="Dépôt du port"))
        session.flush()
        quay = stores.bin_of(session, "Quai", 2)
        moved = stock.Movement(date(2026, 3, 2), HEAD, NOW, bin_id=stores.LOOSE)
        stock.transfer(session, made.parts["P1"].id, Decimal(30), quay, moved)
        assert [(row.reference, row.held, row.at_home) for row in bins.parts(session, quay, 10)] == [
            ("P1", Decimal(30), False)
        ]
        shelf = bins.by_key(session, "Étagère 4")
        assert shelf is not None
        assert [(row.reference, row.held, bool(row.at_home)) for row in bins.parts(session, shelf.id, 10)] == [
            ("P1", None, True), ("P2", None, True),
        ]  # fmt: skip
        made.parts["P2"].active = False
        session.flush()
        assert [row.reference for row in bins.parts(session, shelf.id, 10)] == ["P1"]


def test_the_parts_of_a_bin(database: Database) -> None:
    with database.transaction() as session:
        known(session)
        shelf = bins.by_key(session, "Étagère 4")
        assert shelf is not None
        assert [row.reference for row in bins.parts(session, shelf.id, 10)] == ["P1", "P2"]
        assert bins.by_key(session, "étagère 4") is None
        assert session.query(Part).count() == 2
        assert session.query(Vehicle).count() == 4
