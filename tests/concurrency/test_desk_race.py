"""Two people at the store's desk: the last part is set aside once, a request is given once, fluids never lock up."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.db.models.part_requests import PartRequest
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.queries import reservations
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.errors.part_requests import NothingSetAside, RequestAnswered
from garage.domain.errors.stock import NothingOnHand
from garage.operations import order_lines, part_requests
from garage.operations import reservations as reservations_of
from garage.operations.part_requests import Seen, Wanted
from garage.operations.purchases import By
from tests.concurrency.test_numbers_race import at_once
from tests.factories import garage as make
from tests.factories.stock import prove

pytestmark = pytest.mark.slow
BY = By(make.HEAD, make.NOW, make.TODAY)


def _fill(database: Database) -> tuple[int, list[str], list[int]]:
    """Three of a part, two orders that each ask for two of it."""
    with database.transaction() as session:
        garage = make.garage(session)
        part = make.part(session, "FILTRE", "3").id
        orders = [make.order(session, owner).number for owner in (garage.partner, garage.founder)]
        asked = [part_requests.ask(session, Wanted(number, part, "", Decimal(2)), BY).id for number in orders]
    return part, orders, asked


def test_the_last_ones_are_set_aside_for_one(database: Database) -> None:
    part, _, asked = _fill(database)

    def aside(request: int) -> None:
        with database.transaction() as session:
            part_requests.set_aside(session, Seen(request, 1), None, BY)

    refusals = at_once(*(lambda one=one: aside(one) for one in asked))
    assert [type(one) for one in refusals] == [NothingSetAside]
    with database.reading() as session:
        assert reservations.reserved(session, [part]) == {part: Decimal(2)}


def test_given_twice_at_once_it_is_one_line(database: Database) -> None:
    _, _, asked = _fill(database)

    def give() -> None:
        with database.transaction() as session:
            part_requests.give(session, Seen(asked[0], 1), None, BY)

    refusals = at_once(give, give)
    assert [type(one) for one in refusals] == [RequestAnswered]
    with database.reading() as session:
        prove(session)
        assert session.scalar(select(func.count()).select_from(OrderLine)) == 1
        assert session.get_one(PartRequest, asked[0]).order_line_id is not None


def test_the_same_form_sent_at_once_is_one_line_and_one_request(database: Database) -> None:
    part, [number, _], _ = _fill(database)
    with database.reading() as session:
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == number)).one()

    def take() -> None:
        with database.transaction() as session:
            order_lines.add_part(session, make.entry(order, form_token="ligne"), part, Decimal(1))

    def ask() -> None:
        with database.transaction() as session:
            part_requests.ask(session, Wanted(number, part, "", Decimal(1), form_token="demande"), BY)

    assert at_once(*[take] * 4, *[ask] * 4) == []
    with database.reading() as session:
        prove(session)
        assert session.scalar(select(func.count()).select_from(OrderLine)) == 1
        assert session.scalar(select(func.count()).select_from(PartRequest)) == 3


def test_sheets_of_fluids_for_two_orders_share_parts_and_never_wait_for_each_other(database: Database) -> None:
    part, orders, _ = _fill(database)
    with database.reading() as session:
        parts = sorted(session.scalars(select(Part.id).where(Part.id != part)))
        found = {row.number: row for row in session.scalars(select(RepairOrder))}

    def pour(number: str) -> None:
        with database.transaction() as session:
            for one in parts:
                order_lines.add_part(session, make.entry(found[number]), one, Decimal("1.5"))

    refusals: list[GarageError] = []
    for _ in range(3):
        refusals += at_once(*(lambda number=number: pour(number) for number in orders))
    assert refusals == []
    with database.reading() as session:
        prove(session)
        left = dict(session.execute(select(Part.id, Part.on_hand).where(Part.id.in_(parts))).all())
    assert left == dict.fromkeys(parts, Decimal(91))


def test_a_reserved_part_is_taken_by_its_order_alone(database: Database) -> None:
    """Three there, two kept for an order: whoever comes first, the other one never gets two."""
    part, [number, other], _ = _fill(database)
    with database.transaction() as session:
        reservations_of.reserve(session, number, part, Decimal(2), reservations_of.By(make.HEAD, make.NOW))
        found = {row.number: row for row in session.scalars(select(RepairOrder))}

    def take(wanted: str) -> None:
        with database.transaction() as session:
            order_lines.add_part(session, make.entry(found[wanted]), part, Decimal(2))

    refusals = at_once(lambda: take(number), lambda: take(other))
    assert len(refusals) == 1
    assert isinstance(refusals[0], NothingOnHand)
    with database.reading() as session:
        prove(session)
        assert session.get_one(Part, part).on_hand == 1
        [line] = session.scalars(select(OrderLine))
        assert line.order_id == found[number].id
        assert reservations.reserved(session, [part]) == {}
