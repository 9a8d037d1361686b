"""The demonstration lived whole: believable hours and sums, every quarter but the last billed, a bit of everything."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.counts import CountLine, StockCount
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceOrder
from garage.db.models.part_requests import PartRequest, Reservation
from garage.db.models.parts import CoreDeposit, PartEquivalent, PartModel, WasteSlip
from garage.db.models.purchases import PurchaseOrder, SupplierReturn
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Bin, BinStock, Part, PartBarcode, StockMovement, Store
from garage.db.models.stock_years import StockYear, StockYearLine
from garage.db.models.supplier_invoices import SupplierInvoice
from garage.db.models.suppliers import Supplier
from garage.db.models.tariffs import TariffGrid
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.session import Database
from garage.domain.collectivities import read_siret
from garage.domain.counts import CountState
from garage.domain.invoices.bill import BillKind
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.credit_notes import CreditState
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.part_requests import PartRequestState
from garage.domain.parts import DepositState
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.purchases import PurchaseState, SupplierInvoiceState
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.stock import MovementKind
from garage.domain.tariffs import GridStatus
from garage.operations import invoicing_run, users
from garage.operations.demo import people
from garage.operations.demo.load import load, loaded_on
from garage.operations.demo.seasons import at, works

# A whole year is behind, a quarter is finished and waits, January has begun.
TODAY = date(2026, 1, 20)
LAST = Quarter(2025, 4)


@pytest.fixture(scope="module")
def garage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("demo") / "garage.sqlite"
    copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    steps: list[tuple[int, int]] = []
    assert load(database, TODAY, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    yield database
    database.dispose()


@pytest.fixture
def session(garage: Database) -> Iterator[Session]:
    with garage.reading() as reading:
        yield reading


def count(session: Session, column: object, *conditions: object) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0


def test_the_work_of_a_year(session: Session) -> None:
    minutes = session.scalar(select(func.sum(OrderLine.minutes)).where(extract("year", OrderLine.done_on) == 2025))
    assert 2500 <= (minutes or 0) / 60 <= 2900
    assert 500 <= count(session, RepairOrder.id) <= 720
    days = Counter(session.scalars(select(OrderLine.done_on)))
    assert all(works(day) for day in days)
    assert max(days) < TODAY
    spans = Counter(
        session.scalars(
            select(func.count(func.distinct(OrderLine.done_on)))
            .where(OrderLine.nature == LineNature.LABOUR)
            .group_by(OrderLine.order_id)
        )
    )
    assert max(spans) <= 5
    assert spans[2] > 50
    natures = Counter(session.scalars(select(OrderLine.nature)))
    assert min(natures[nature] for nature in LineNature) >= 5
    assert count(session, OrderLine.id, OrderLine.non_billable_reason.is_not(None)) >= 10


def test_no_mechanic_works_longer_than_his_day(session: Session) -> None:
    days = session.execute(
        select(func.sum(OrderLine.minutes))
        .where(OrderLine.nature == LineNature.LABOUR)
        .group_by(OrderLine.mechanic_id, OrderLine.done_on)
    )
    assert max(row[0] for row in days) <= 7 * 60
    assert len(set(session.scalars(select(OrderLine.mechanic_id).where(OrderLine.minutes > 0)))) == 4


def test_what_there_is(session: Session) -> None:
    assert count(session, Collectivity.id) == 24
    assert count(session, Convention.id) == 13
    assert 85 <= count(session, Vehicle.id) <= 95
    assert count(session, Part.id) == 150
    assert count(session, PartBarcode.code) == 165
    roles = Counter(session.scalars(select(User.role)))
    assert roles == {Role.HEAD: 1, Role.MECHANIC: 4, Role.COLLECTIVITY: 1, Role.ACCOUNTING: 1, Role.ADMIN: 1}
    grids = session.execute(select(TariffGrid.starts_on, TariffGrid.status).order_by(TariffGrid.starts_on))
    assert [tuple(row) for row in grids] == [
        (date(2025, 1, 1), GridStatus.PUBLISHED),
        (date(2026, 1, 1), GridStatus.PUBLISHED),
    ]


def test_nothing_invented_passes_for_real(session: Session) -> None:
    for plate in session.scalars(select(Vehicle.registration).where(Vehicle.registration.is_not(None))):
        assert plate.startswith("FI-000-")
    for name in session.scalars(select(User.name)):
        assert "(fictif)" in name or "(fictive)" in name
    assert all("fictive" in name for name in session.scalars(select(TariffGrid.name)))
    assert all("fictive" in reference for reference in session.scalars(select(Convention.reference)))
    for body in session.scalars(select(Collectivity)):
        assert body.siret
        assert read_siret(body.siret, body.siren)[9:13] == "9990"
        assert (body.siren == "999999998") == (body.code == "EAU-DU-PONANT")


def test_every_finished_quarter_but_the_last_is_billed(session: Session) -> None:
    bills = select(Invoice.quarter, Invoice.issued_on).where(Invoice.kind != BillKind.CREDIT_NOTE)
    quarters = session.execute(bills.distinct().order_by(Invoice.issued_on)).all()
    assert [row.quarter for row in quarters] == ["2025-T1", "2025-T2", "2025-T3"]
    assert all(12 <= row.issued_on.day <= 16 and works(row.issued_on) for row in quarters)
    left = session.scalars(
        select(RepairOrder.number).where(RepairOrder.state == OrderState.DONE, RepairOrder.closed_on < LAST.first_day)
    ).all()
    late = session.scalars(select(InvoiceOrder.number).where(InvoiceOrder.late_quarter.is_not(None))).all()
    assert late
    assert len(left) <= 5
    net = session.scalar(select(func.sum(Invoice.net)).where(Invoice.quarter.like("2025-%"))) or Decimal(0)
    assert Decimal(225_000) < net < Decimal(300_000)
    assert session.scalar(select(func.sum(Invoice.vat)).where(Invoice.regime == "taxed"))


def test_a_bill_went_to_another_commune_one_was_lowered_and_a_draft_waits(session: Session) -> None:
    whole, part = session.scalars(select(Invoice).where(Invoice.kind == BillKind.CREDIT_NOTE).order_by(Invoice.id))
    assert [whole.number, part.number] == ["A2025-0001", "A2025-0002"]
    assert whole.quarter == part.quarter == "2025-T2"
    taken = {row: session.get_one(Invoice, row.credited_invoice_id) for row in (whole, part)}
    assert whole.gross == taken[whole].gross
    assert part.gross < taken[part].gross
    again = session.execute(
        select(Invoice.collectivity_id, Invoice.quarter)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(InvoiceOrder.freed_by_id == whole.id)
    ).all()
    assert {row.quarter for row in again} == {"2025-T3"}
    assert whole.collectivity_id not in {row.collectivity_id for row in again}
    assert count(session, CreditDraft.id, CreditDraft.state == CreditState.PREPARED) == 1
    assert all("fictif" in reason for reason in session.scalars(select(CreditDraft.reason)))


def test_the_last_quarter_waits_with_its_anomalies(session: Session) -> None:
    compositions = list(invoicing_run.preview(session, LAST, BillingRules()))
    found = {anomaly.code for composition in compositions for anomaly in composition.anomalies}
    assert found == {AnomalyCode.NO_CONVENTION, AnomalyCode.NO_COST, AnomalyCode.MISSING_ENGAGEMENT}
    carried = [draft for composition in compositions for draft in composition.carried]
    assert [draft.debtor.code for draft in carried] == ["LANNEUFFRET"]
    assert 0 < carried[0].gross < 15
    assert sum(len(composition.bills) for composition in compositions) >= 12


def test_the_stock_runs_out_only_where_the_head_forced_it(session: Session) -> None:
    on_hand: dict[int, Decimal] = {}
    for part_id, quantity, forced in session.execute(
        select(StockMovement.part_id, StockMovement.quantity, StockMovement.forced).order_by(StockMovement.id)
    ):
        on_hand[part_id] = on_hand.get(part_id, Decimal(0)) + quantity
        assert on_hand[part_id] >= 0 or forced
    assert count(session, StockMovement.id, StockMovement.forced) == 1
    minimum = {row.id: row.minimum for row in session.execute(select(Part.id, Part.minimum))}
    short = [part_id for part_id, quantity in on_hand.items() if quantity < (minimum[part_id] or 0)]
    assert 3 <= len(short) <= 40


def test_the_store_has_something_in_every_state(session: Session) -> None:
    def states(column: object) -> Counter[object]:
        return Counter(session.scalars(select(column)))  # type: ignore[call-overload]

    assert set(states(PurchaseOrder.state)) == set(PurchaseState)
    late = (PurchaseOrder.state == PurchaseState.ORDERED, PurchaseOrder.expected_on < TODAY)
    assert count(session, PurchaseOrder.id, *late) >= 1
    assert set(states(SupplierInvoice.state)) == set(SupplierInvoiceState)
    assert set(states(PartRequest.state)) == set(PartRequestState)
    assert states(CoreDeposit.state) == {DepositState.OWED: 1, DepositState.SENT: 1, DepositState.CREDITED: 1}
    assert states(StockCount.state) == {CountState.APPROVED: 2, CountState.COUNTING: 1}
    assert set(states(StockMovement.kind)) >= set(MovementKind) - {MovementKind.RETURN, MovementKind.PRICE}
    assert count(session, SupplierReturn.id, SupplierReturn.credited_on.is_(None)) == 1
    assert count(session, Store.id) == 2
    held = select(BinStock.bin_id).union(select(Part.bin_id).where(Part.bin_id.is_not(None)))
    empty = session.execute(select(Store.code, Bin.code).join(Bin).where(Bin.code != "", Bin.id.not_in(held))).all()
    assert [tuple(row) for row in empty] == [("DEPOT", "D4-01")]
    assert count(session, Supplier.id, Supplier.email.like("%@demo.invalid")) == count(session, Supplier.id) == 6
    assert count(session, Part.id, Part.family.is_(None)) == 0
    several = (Reservation.part_id, WasteSlip.id, PartModel.part_id, PartEquivalent.part_id)
    assert min(count(session, column) for column in several) >= 3
    assert count(session, CountLine.id, CountLine.counted != CountLine.expected) >= 5


def test_last_year_is_frozen_at_what_its_movements_are_worth(session: Session) -> None:
    frozen = session.scalars(select(StockYear)).one()
    moved = select(func.sum(StockMovement.value_change)).where(extract("year", StockMovement.moved_on) <= 2025)
    assert (frozen.year, frozen.value) == (2025, session.scalar(moved))
    lines = session.scalar(select(func.sum(StockYearLine.value)))
    assert lines == frozen.value


def test_what_is_on_hand_is_what_the_bins_hold(session: Session) -> None:
    held = select(func.sum(BinStock.quantity)).where(BinStock.part_id == Part.id).scalar_subquery()
    assert session.scalars(select(Part.reference).where(Part.on_hand != held)).all() == []
    worth = select(func.sum(StockMovement.value_change)).where(StockMovement.part_id == Part.id).scalar_subquery()
    assert session.scalars(select(Part.reference).where(Part.value != worth)).all() == []


def test_orders_are_open_in_several_states(session: Session) -> None:
    states = set(session.scalars(select(RepairOrder.state)))
    assert states >= {
        OrderState.IN_PROGRESS, OrderState.WAITING_PART, OrderState.WAITING_AGREEMENT, OrderState.BLOCKED,
        OrderState.TO_CHECK, OrderState.DONE, OrderState.INVOICED,
    }  # fmt: skip
    pencran = select(RepairOrder.state).join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
    assert OrderState.WAITING_PART in set(session.scalars(pencran.where(Collectivity.code == "PENCRAN")))
    straddling = select(func.count()).where(
        extract("month", RepairOrder.opened_on) % 3 == 0, func.julianday(RepairOrder.closed_on) > 0
    )
    straddling = straddling.where(func.strftime("%m", RepairOrder.closed_on).in_(["01", "04", "07", "10"]))
    assert session.scalar(straddling)


@pytest.mark.parametrize("email", [email for _, email in people.SIGN_INS])
def test_everybody_signs_in(garage: Database, email: str) -> None:
    with garage.transaction() as session:
        assert users.authenticate(session, email, people.PASSWORD, "127.0.0.1", at(TODAY, 600)).active


def test_loading_again_does_nothing(garage: Database, session: Session) -> None:
    before = count(session, RepairOrder.id)
    assert load(garage, TODAY) is False
    assert load(garage, date(2026, 12, 24)) is False
    assert loaded_on(session) == TODAY
    assert count(session, RepairOrder.id) == before
