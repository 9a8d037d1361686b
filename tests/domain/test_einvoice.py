"""What keeps an order out of a run because no electronic invoice could carry it, before any number is given."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from garage.domain.collectivities import Category, Terms, VatRegime
from garage.domain.invoices.bill import Party
from garage.domain.invoices.composition import BillingRules, Debtor, ReadyOrder, compose
from garage.domain.invoices.einvoice import order_faults, party_faults, siren_of
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.periods import Quarter
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid, TariffLine, TariffNature
from garage.french.anomalies import anomaly

D = Decimal
DAY = date(2026, 7, 3)
BODY = Party("BOURG", "Bourg", "Mairie", "29000", "Bourg", "212900013", "21290001300013")
TERMS = Terms(1, date(2026, 1, 1), None, Category.PARTNER, VatRegime.TAXED, structure_fee=False, reference="C-1")
RULES = BillingRules()


def grid(rate: str = "20.00") -> Grid:
    line = TariffLine("MO-VL", "Main-d’œuvre", TariffNature.LABOUR, "h", D("50.0000"), D("60.0000"), D(rate), None)
    return Grid(1, "2026", date(2026, 1, 1), date(2027, 1, 1), None, None, {"MO-VL": line})


def work(label: str | None = None) -> Work:
    return Work(1, 1, LineNature.LABOUR, DAY, "MO-VL", label, None, 60, None, None, None, None, None)


def found(
    party: Party = BODY, terms: Terms = TERMS, rate: str = "20.00", label: str | None = None, **changes: object
) -> list[AnomalyCode]:
    order = ReadyOrder(
        1, "OR-2026-00001", None, DAY, DAY, None, None, None, "Portail", None, None, None, None, None, (work(label),), 1
    )
    debtor = Debtor(2, "BOURG", False, False, (terms,), party.siret, party=party)
    composed = compose(debtor, [replace(order, **changes)], [grid(rate)], Quarter(2026, 3), RULES)
    for one in composed.anomalies:
        assert anomaly(one)
    assert bool(composed.bills) is not bool(composed.anomalies)
    return [one.code for one in composed.anomalies]


def test_what_is_right_is_billed() -> None:
    assert found() == []
    assert found(engagement="E" * 50) == []


@pytest.mark.parametrize(
    ("party", "code"),
    [
        (replace(BODY, siret=None), AnomalyCode.MISSING_SIRET),
        (replace(BODY, siret="21290001300014"), AnomalyCode.BAD_SIRET),
        (replace(BODY, siret="2129000130001"), AnomalyCode.BAD_SIRET),
        (replace(BODY, siren="242900801"), AnomalyCode.BAD_SIRET),
        (replace(BODY, name="B" * 100), AnomalyCode.LONG_NAME),
        (replace(BODY, address="A" * 400), AnomalyCode.LONG_ADDRESS),
    ],
)
def test_a_body_that_no_invoice_can_name(party: Party, code: AnomalyCode) -> None:
    assert list(party_faults(party)) == [code]
    assert found(party) == [code]


def test_references_and_labels() -> None:
    assert found(engagement="E" * 51) == [AnomalyCode.LONG_ENGAGEMENT]
    assert found(terms=replace(TERMS, reference="C" * 51)) == []
    assert found(label="L" * 490) == [AnomalyCode.LONG_LABEL]
    assert found(rate="19.00") == []
    assert list(order_faults("OR", None, ())) == []


def test_a_siren_is_read_from_the_siret() -> None:
    assert siren_of(replace(BODY, siren=None)) == "212900013"
    assert siren_of(replace(BODY, siren=None, siret=None)) is None
