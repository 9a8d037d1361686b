"""The quarter on both databases: preview, issue, again, late work, floor, complements (rules B1 to B9)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.archive import Archive
from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceLine, LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import invoices
from garage.db.session import Database
from garage.documents.invoices.render import RenderedBill, render
from garage.domain.errors.invoices import (
    BillXmlRefused,
    IssuedBeforeLast,
    IssuedInFuture,
    IssuedInQuarter,
    IssuerIncomplete,
    NoIssuer,
    QuarterNotFinished,
)
from garage.domain.invoices.bill import Bill
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.french.refusals import sentence
from garage.operations import invoicing_run, order_lines, printing, repair_orders
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import QuarterRun
from garage.operations.printing import Press
from tests.factories import garage as make

T3 = Quarter(2026, 3)
RULES = BillingRules()


def issue(
    database: Database, quarter: Quarter = T3, on: date = date(2026, 10, 5), rules: BillingRules = RULES
) -> QuarterRun:
    issuing = Issuing(quarter, on, make.NOW, make.CLERK)
    return invoicing_run.issue_quarter(database, issuing, rules, make.TODAY)


def preview(database: Database, quarter: Quarter = T3, rules: BillingRules = RULES) -> list:
    with database.reading() as session:
        return list(invoicing_run.preview(session, quarter, rules))


def numbers(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Invoice.number).order_by(Invoice.id)))


def test_numbers_follow_codes_and_series(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.taxed, garage.partner, garage.issuer, garage.founder):
            made = make.order(session, owner)
            make.labour(session, made)
            make.check(session, made)
    run = issue(database)
    with database.reading() as session:
        bills = [(one.number, one.collectivity, one.gross) for one in invoices.by_ids(session, run.invoice_ids)]
    assert bills == [
        ("F2026-0001", "BOURG", Decimal("66.00")),
        ("F2026-0002", "EAU", Decimal("79.20")),
        ("F2026-0003", "VILLE", Decimal("54.35")),
        ("R2026-0001", "AGGLO", Decimal("50.00")),
    ]


def test_preview_and_issue_agree_to_the_cent(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.taxed, garage.partner, garage.issuer, garage.founder):
            made = make.order(session, owner, vehicle_id=garage.vehicles[owner.code].id)
            make.labour(session, made, 80)
            order_lines.add_flat(session, make.entry(made), "DEP", Decimal("23.542"))
            order_lines.add_part(session, make.entry(made), garage.parts["P1"].id, Decimal("1.089"))
            make.check(session, made)
    previewed = {
        (draft.debtor.code, draft.net, draft.vat, draft.gross) for group in preview(database) for draft in group.bills
    }
    run = issue(database)
    with database.reading() as session:
        issued = {(one.collectivity, one.net, one.vat, one.gross) for one in invoices.by_ids(session, run.invoice_ids)}
    assert issued == previewed
    assert len(issued) == 4


def test_a_second_run_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner)
        make.labour(session, made)
        make.check(session, made)
    assert len(issue(database).invoice_ids) == 1
    assert issue(database).invoice_ids == []
    assert numbers(database) == ["F2026-0001"]
    with database.reading() as session:
        assert session.scalar(select(RepairOrder.state)) == OrderState.INVOICED
        assert session.scalar(select(func.count()).select_from(LiveBilling)) == 1


def test_nothing_to_bill_takes_no_number(database: Database) -> None:
    with database.transaction() as session:
        make.garage(session)
    assert issue(database).invoice_ids == []
    with database.transaction() as session:
        made = make.order(session, session.get_one(make.Collectivity, 3))
        make.labour(session, made)
        make.check(session, made)
    issue(database)
    assert numbers(database) == ["F2026-0001"]


@pytest.mark.parametrize(
    ("quarter", "on", "refusal"),
    [
        (Quarter(2026, 4), date(2026, 10, 12), QuarterNotFinished),
        (T3, date(2026, 10, 13), IssuedInFuture),
        (T3, date(2026, 9, 30), IssuedInQuarter),
    ],
)
def test_refusals_before_any_number(
    sqlite_database: Database, quarter: Quarter, on: date, refusal: type[Exception]
) -> None:
    with sqlite_database.transaction() as session:
        make.garage(session)
    with pytest.raises(refusal):
        issue(sqlite_database, quarter, on)


def test_no_bill_before_the_last_of_its_series(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        for _ in range(2):
            made = make.order(session, garage.partner)
            make.labour(session, made)
            make.check(session, made)
            session.flush()
    issue(database, on=date(2026, 10, 8))
    with database.transaction() as session:
        made = make.order(session, garage.partner)
        make.labour(session, made)
        make.check(session, made)
    with pytest.raises(IssuedBeforeLast):
        issue(database, on=date(2026, 10, 7))
    assert numbers(database) == ["F2026-0001"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"siret": None}, "missing_siret"), ({"siret": "1" * 14}, "bad_siret"), ({"name": "N" * 100}, "long_name")],
)
def test_an_issuer_that_no_invoice_can_name(sqlite_database: Database, changes: dict[str, str], fault: str) -> None:
    with sqlite_database.transaction() as session:
        issuer = make.garage(session).issuer
        for name, value in changes.items():
            setattr(issuer, name, value)
    with pytest.raises(IssuerIncomplete) as refused:
        issue(sqlite_database)
    assert refused.value.fault == fault
    assert sentence(refused.value).endswith("avant d’émettre.")


def test_no_issuer(sqlite_database: Database) -> None:
    with pytest.raises(NoIssuer):
        issue(sqlite_database)


def test_late_orders_come_in_as_such(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner, date(2026, 5, 4))
        make.labour(session, made)
        make.check(session, made, date(2026, 6, 30))
        later = make.order(session, garage.partner, date(2026, 9, 30))
        make.labour(session, later)
        make.check(session, later, date(2026, 10, 1))
    run = issue(database)
    with database.reading() as session:
        bill = invoices.bill(session, run.invoice_ids[0])
    assert [(order.number, order.late_quarter) for order in bill.orders] == [("OR-2026-00001", Quarter(2026, 2))]


def test_floor_carries_forward_then_comes_back(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner, date(2026, 5, 4))
        make.labour(session, made, 10)
        make.check(session, made)
    first = issue(database, Quarter(2026, 2), date(2026, 7, 6))
    assert first.invoice_ids == []
    assert [draft.gross for draft in first.carried] == [Decimal("11.00")]
    with database.transaction() as session:
        again = make.order(session, garage.partner)
        make.labour(session, again, 10)
        make.check(session, again)
    second = issue(database)
    with database.reading() as session:
        bill = invoices.bill(session, second.invoice_ids[0])
    assert bill.gross == Decimal("22.00")
    assert bill.orders[0].complement_of is None


def test_floor_released_by_hand_or_by_the_fourth_quarter(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.partner, garage.founder):
            made = make.order(session, owner, date(2025, 11, 4))
            make.labour(session, made, 10)
            make.check(session, made)
    with database.transaction() as session:
        repair_orders.waive_floor(session, "OR-2025-00001", make.CLERK, make.NOW)
    assert len(issue(database, Quarter(2025, 4)).invoice_ids) == 1
    assert len(issue(database, Quarter(2025, 4), rules=BillingRules(floor_release_q4=True)).invoice_ids) == 1


def test_a_bill_of_nothing_waits_and_is_settled_with_a_reason(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.issuer)
        make.labour(session, made, non_billable_reason="Garantie")
        make.check(session, made)
    run = issue(database)
    assert (run.invoice_ids, [draft.gross for draft in run.carried]) == ([], [Decimal("0.00")])
    with database.transaction() as session:
        repair_orders.settle(session, made.number, "Geste commercial", make.HEAD, make.NOW)
    assert issue(database).carried == []


def test_a_late_supplier_invoice_makes_a_complement_without_floor(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner)
        make.labour(session, made)
        make.check(session, made)
    issue(database)
    with database.transaction() as session:
        external = order_lines.External("Carrosserie", "FA-9", Decimal(1), Decimal("2.5000"))
        order_lines.add_external(session, make.entry(made, date(2026, 10, 2)), external)
        assert session.get_one(RepairOrder, made.id).state is OrderState.DONE
    run = issue(database)
    with database.reading() as session:
        bill = invoices.bill(session, run.invoice_ids[0])
    assert bill.number == "F2026-0002"
    assert bill.gross == Decimal("2.95")
    assert bill.orders[0].complement_of is not None
    assert bill.orders[0].complement_of.number == "F2026-0001"


def test_an_order_on_two_regimes_gives_two_bills_and_no_complement(database: Database) -> None:
    with database.transaction() as session:
        make.garage(session)
        mixed = make.collectivity(session, "MIXTE")
        regimes = make.VatRegime
        make.convention(session, mixed, ends_on=date(2026, 8, 1))
        make.convention(session, mixed, starts_on=date(2026, 8, 1), regime=regimes.TAXED)
        made = make.order(session, mixed)
        make.labour(session, made)
        order_lines.add_labour(session, make.entry(made, date(2026, 8, 1)), "MO-VL", 60, None)
        make.check(session, made, date(2026, 8, 2))
    run = issue(database)
    with database.reading() as session:
        bills = [invoices.bill(session, one) for one in run.invoice_ids]
        assert session.scalar(select(RepairOrder.state)) == OrderState.INVOICED
    assert [(bill.regime, bill.gross) for bill in bills] == [
        (regimes.OUT_OF_SCOPE, Decimal("66.00")),
        (regimes.TAXED, Decimal("79.20")),
    ]
    assert [order.complement_of for bill in bills for order in bill.orders] == [None, None]


def test_an_anomaly_blocks_its_own_order_only(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        good = make.order(session, garage.partner)
        make.labour(session, good)
        make.check(session, good)
        bad = make.order(session, garage.partner, date(2026, 7, 2))
        make.labour(session, bad)
        session.get_one(OrderLine, 2).done_on = date(2019, 1, 1)
        make.check(session, bad)
    run = issue(database)
    assert [(found.order, found.rank, found.code) for found in run.anomalies] == [(bad.number, 1, "no_convention")]
    with database.reading() as session:
        assert [order.number for order in invoices.bill(session, run.invoice_ids[0]).orders] == [good.number]


def test_a_bill_whose_xml_is_refused_is_not_printed_and_the_others_are(
    sqlite_database: Database, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.founder, garage.partner):
            made = make.order(session, owner)
            make.labour(session, made)
            make.check(session, made)
    issue(sqlite_database)

    def refusing(bill: Bill) -> RenderedBill:
        if bill.number == "F2026-0001":
            raise BillXmlRefused("F2026-0001", "Element 'Bogus'")
        return render(bill)

    monkeypatch.setattr(printing, "render", refusing)
    run = printing.print_missing(Press(sqlite_database, Archive(tmp_path)), make.NOW)
    assert (run.printed, [one.failure for one in run.failures]) == (1, ["BillXmlRefused: Element 'Bogus'"])
    monkeypatch.undo()
    assert printing.print_missing(Press(sqlite_database, Archive(tmp_path)), make.NOW).printed == 1


def test_printed_once_and_again_to_the_byte(database: Database, tmp_path) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner)
        make.labour(session, made)
        make.check(session, made)
    issue(database)
    press = printing.Press(database, Archive(tmp_path / "invoices"))
    assert printing.print_missing(press, make.NOW).printed == 1
    assert printing.print_missing(press, make.NOW).printed == 0
    path = tmp_path / "invoices" / "2026/T3/F2026-0001-bourg.pdf"
    before = path.read_bytes()
    path.unlink()
    assert printing.check_archive(press, make.CLERK, make.NOW) == []
    assert path.read_bytes() == before
    path.write_bytes(b"other")
    assert printing.check_archive(press, make.CLERK, make.NOW) == ["F2026-0001"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InvoiceFile)) == 1
        assert session.scalar(select(func.count()).select_from(InvoiceLine)) == 2


def test_a_refusal_names_the_quarter_in_words() -> None:
    for refusal in (QuarterNotFinished("2026-T3"), IssuedInQuarter(date(2026, 9, 30), "2026-T3")):
        assert "3e trimestre 2026" in sentence(refusal)
        assert "T3" not in sentence(refusal)
