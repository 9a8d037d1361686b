"""Bills as booked foot to the cent, whatever the lines, fees, years, services and rates (rule B11, E9)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garage.domain.errors.finance_exports import ExportUnbalanced
from garage.domain.finance_checks import missing
from garage.domain.finance_exports import (
    ExportFile,
    FirstBill,
    Lack,
    entries,
    merged,
    portions,
    posted,
    reduced,
    shares,
    titled,
    totals,
)
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.money import ZERO, cents, spread
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings, Imputation, Magnus
from garage.domain.tariffs import TariffNature
from tests.exports import fee, full, handed, handed_bills, line

WEIGHTS = st.lists(st.integers(0, 10**7).map(lambda one: Decimal(one) / 100), min_size=1, max_size=12)


@given(st.integers(0, 10**8), WEIGHTS.filter(any))
def test_a_spread_foots_and_no_part_turns_against_the_others(total: int, weights: list[Decimal]) -> None:
    amount = Decimal(total) / 100
    parts = spread(amount, weights)
    assert sum(parts, ZERO) == amount
    assert all(part >= 0 and part == cents(part) for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_nothing_is_spread_over_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights"):
        spread(Decimal(1), weights)


@settings(max_examples=60)
@given(st.lists(handed_bills(), min_size=1, max_size=5))
def test_rows_foot_to_the_bills_and_the_bundle_to_the_rows(bills: list) -> None:
    imputations = full().imputations
    rows = {place: entries(bill, imputations) for place, bill in enumerate(bills)}
    for place, bill in enumerate(bills):
        assert sum((row.net for row in rows[place]), ZERO) == bill.net
        assert sum((row.vat for row in rows[place]), ZERO) == bill.vat
        for share in bill.vat_shares:
            assert sum((row.vat for row in rows[place] if row.rate == share.rate), ZERO) == share.vat
        for row in rows[place] + merged(rows[place]):
            assert row.net >= 0
            assert row.vat >= 0
            assert row.article
        once = [(row.article, row.function, row.service, row.year, row.rate) for row in rows[place]]
        assert len(once) == len(set(once))
        assert sum((row.gross for row in merged(rows[place])), ZERO) == bill.gross
        assert sum((one.net for one in portions(bill)), ZERO) == bill.net
    made = totals(bills)
    signed = [(bill.sign * row.net, bill.sign * row.vat) for place, bill in enumerate(bills) for row in rows[place]]
    assert made.net == sum((net for net, _ in signed), ZERO)
    assert made.vat == sum((vat for _, vat in signed), ZERO)
    assert made.gross == sum((bill.sign * bill.gross for bill in bills), ZERO)


def test_a_fee_belongs_to_the_years_and_services_of_what_it_rests_on() -> None:
    bill = handed(
        line("100.00", date(2026, 12, 30), service="Voirie"),
        line("50.00", date(2027, 1, 2), service="Voirie"),
        line("7.00", date(2027, 1, 2), service="Écoles", group=(2, 2)),
        fee("10.00"),
    )
    found = {(row.article, row.service, row.year): row.net for row in entries(bill, full().imputations)}
    assert found == {
        ("70848", "Voirie", 2026): Decimal("100.00"),
        ("70848", "Voirie", 2027): Decimal("50.00"),
        ("70848", "Écoles", 2027): Decimal("7.00"),
        ("70872", "Voirie", 2026): Decimal("6.67"),
        ("70872", "Voirie", 2027): Decimal("3.33"),
    }


def test_a_fee_without_dated_lines_counts_for_the_quarter() -> None:
    (row,) = entries(handed(fee("10.00")), full().imputations)
    assert (row.year, row.service, row.net) == (2026, None, Decimal("10.00"))


def test_the_article_of_a_line_comes_before_the_one_of_its_nature() -> None:
    bill = handed(line("5.00", article="7088"), line("0.00", nature=BilledNature.EXTERNAL))
    (row,) = entries(bill, full().imputations)
    assert (row.article, row.function, row.product_code) == ("7088", "020", "A1")


@pytest.mark.parametrize(
    "change",
    [
        {"net": Decimal("5.01"), "gross": Decimal("5.01")},
        {"vat": Decimal("0.01"), "gross": Decimal("5.01")},
        {"gross": Decimal("6.01")},
        {"vat_shares": ()},
        {"lines": ()},
    ],
)
def test_a_bill_that_does_not_foot_is_refused(change: dict) -> None:
    bill = handed(line("5.00", rate="20"))
    with pytest.raises(ExportUnbalanced):
        portions(replace(bill, **change))


def test_what_is_an_earlier_year_and_what_lowers_a_titre() -> None:
    first = FirstBill("F2026-0009", date(2027, 1, 20), Quarter(2026, 4))
    credit = handed(
        line("5.00"), kind=BillKind.CREDIT_NOTE, credited=first, issued_on=date(2027, 1, 25), quarter=Quarter(2026, 4)
    )
    assert (credit.exercise, credit.earlier_year, reduced(credit)) == (2026, False, False)
    assert reduced(replace(credit, credited=replace(first, titre=(2026, "412"))))
    assert not reduced(replace(credit, credited=replace(first, titre=(2026, "T-412"))))
    later = replace(credit, issued_on=date(2027, 2, 1))
    assert (later.exercise, later.earlier_year) == (2027, True)
    assert not reduced(replace(later, credited=replace(first, titre=(2026, "412"))))
    assert not replace(later, credited=replace(first, titre=(2027, "4"))).earlier_year


def _lacks(bill, settings: BillingSettings) -> set[tuple[ExportFile, Lack, str]]:
    rows = {bill.id: entries(bill, settings.imputations)}
    return {(one.file, one.lack, one.about) for one in missing([bill], settings, rows)}


def test_nothing_is_missing_with_every_setting() -> None:
    assert _lacks(handed(line("5.00"), fee("1.00")), full()) == set()


def test_every_lack_is_told() -> None:
    bare = _lacks(handed(line("5.00")), BillingSettings())
    assert {(file, Lack.ARTICLE, "labour") for file in ExportFile} <= bare
    assert {lack for _, lack, _ in bare} >= {
        Lack.MAGNUS_COLLECTIVITY, Lack.MAGNUS_BUDGET, Lack.PES_POST, Lack.PES_COLLECTIVITY, Lack.PES_BUDGET,
        Lack.PRODUCT_CODE,
    }  # fmt: skip
    bill = handed(line("5.00"))
    poor = replace(
        bill,
        debtor=replace(bill.debtor, code=None, siret=None, category=None),
        issuer=replace(bill.issuer, siret=None),
    )
    assert {lack for _, lack, _ in _lacks(poor, full())} == {
        Lack.THIRD_PARTY, Lack.SIRET, Lack.THIRD_PARTY_CATEGORY, Lack.ISSUER_SIRET,
    }  # fmt: skip
    long_code = replace(bill, debtor=replace(bill.debtor, code="T" * 16))
    assert _lacks(long_code, full()) == {(ExportFile.MAGNUS, Lack.THIRD_PARTY_LENGTH, "Bourg")}
    bad = replace(
        full(),
        imputations={TariffNature.LABOUR: Imputation("70.88 et plus", "fonction 20", "0000")},
        magnus=Magnus("1", "2", operation="x" * 11),
    )
    assert {(file, lack) for file, lack, _ in _lacks(bill, bad)} == {
        (ExportFile.MAGNUS, Lack.ARTICLE_FORM),
        (ExportFile.PES, Lack.ARTICLE_FORM),
        (ExportFile.MAGNUS, Lack.FUNCTION_FORM),
        (ExportFile.PES, Lack.FUNCTION_FORM),
        (ExportFile.MAGNUS, Lack.PRODUCT_CODE),
        (ExportFile.PES, Lack.PRODUCT_CODE),
        (ExportFile.MAGNUS, Lack.MAGNUS_LENGTH),
    }


def test_an_internal_statement_goes_to_the_journal_alone() -> None:
    found = _lacks(handed(line("5.00"), kind=BillKind.INTERNAL_STATEMENT), full())
    assert found == {(ExportFile.MAGNUS, Lack.NOTHING, ""), (ExportFile.PES, Lack.NOTHING, "")}


def test_a_titled_bill_goes_to_the_journal_alone() -> None:
    bill = handed(line("5.00"), titre=(2026, "412"))
    assert not titled(bill)
    assert not posted(bill)
    assert _lacks(bill, full()) == {(ExportFile.MAGNUS, Lack.NOTHING, ""), (ExportFile.PES, Lack.NOTHING, "")}
    first = FirstBill("F2026-0009", date(2026, 10, 2), Quarter(2026, 3), (2026, "411"))
    credit = handed(line("5.00"), kind=BillKind.CREDIT_NOTE, credited=first)
    assert reduced(credit)
    assert not reduced(replace(credit, titre=(2026, "413")))


def test_an_address_is_the_bill_s_own_else_the_record_s_part_by_part() -> None:
    bill = handed(line("5.00"))
    bare = replace(bill, addressee=replace(bill.addressee, address=" ", postal_code=None))
    assert _lacks(bare, full()) == {(ExportFile.PES, Lack.ADDRESS, "Bourg (F2026-0001)")}
    known = replace(bare, debtor=replace(bare.debtor, address="2 rue Neuve", postal_code="29 100", city="Autre"))
    assert (known.address, known.postal_code, known.city) == ("2 rue Neuve", "29100", "Bourg")
    assert _lacks(known, full()) == set()
    odd = replace(bill, id=2, addressee=replace(bill.addressee, postal_code="2980"))
    rows = {one.id: entries(one, full().imputations) for one in (bill, odd)}
    assert missing([bill, odd], full(), rows) == []
    assert [posted(one) for one in (bill, odd)] == [True, False]


def test_totals_apart_are_the_totals() -> None:
    bills = [
        handed(line("100.00", rate="20")),
        handed(line("10.00"), kind=BillKind.CREDIT_NOTE),
        handed(line("7.00"), titre=(2026, "412")),
        handed(line("3.00"), kind=BillKind.INTERNAL_STATEMENT),
    ]
    apart = shares(bills)
    assert [one.gross for one in (apart.due, apart.known, apart.internal)] == [
        Decimal("110.00"), Decimal("7.00"), Decimal("3.00"),
    ]  # fmt: skip
    assert totals(bills).gross == Decimal("120.00")
