"""The statement of account on paper: every line, running balances, sums that foot, over pages (rule B11, E14)."""

from datetime import date
from decimal import Decimal

import pytest

from garage.documents.statement import render
from garage.domain.money import ZERO
from garage.domain.recovery import Entry, EntryKind, Open, Position, Statement, opening_of
from garage.french.formats import amount

from .paper import RIGHT, reader, shown, whole

ON = date(2026, 12, 31)


def statement(lines: int, since: date | None = None) -> Statement:
    entries = [
        Entry(
            date(2026, 1 + n % 12, 1 + n % 28),
            EntryKind.PAYMENT if n % 3 else EntryKind.BILL,
            f"F2026-{n:04d}",
            ZERO if n % 3 else Decimal("1234.56"),
            Decimal("610.07") if n % 3 else ZERO,
            reference="VIR « Trésorerie » œ" if n % 7 == 1 else None,
        )
        for n in range(lines)
    ]
    opening, left = opening_of(entries, since)
    opened = tuple(
        Open(f"F2026-{n:04d}", ON, "T" * 30 + " / 2026" if n % 2 else None, ON, Position(Decimal("10.10")))
        for n in range(lines // 3)
    )
    name = "Syndicat de Saint-Germain-sur-Morin-les-Hautes-Bruyères « L’Œuvre »"
    return Statement("SIVOM", name, ("1 rue", "29000 Ville"), "Agglo", ON, since, opening, left, opened)


@pytest.mark.parametrize("lines", [0, 1, 40, 400])
@pytest.mark.parametrize("since", [None, date(2026, 5, 3)])
def test_every_line_is_there_and_the_sums_foot(lines: int, since: date | None) -> None:
    told = statement(lines, since)
    content = render(told)
    texts = shown(content)
    assert all(text.right <= RIGHT + 0.01 for text in texts)
    assert all(text.y > 20 for text in texts)
    read = whole(texts)
    assert f"Total des mouvements {amount(told.debit)} {amount(told.credit)} {amount(told.balance)}" in read
    for entry, balance in told.running():
        assert entry.bill in read
        assert amount(balance) in read
    assert told.opening + told.debit - told.credit == told.balance
    assert ("Toutes les factures sont soldées." in read) == (not told.open)
    assert f"Page 1 / {len(reader(content).pages)}" in read
    assert "■" not in read
    assert render(told) == content


def test_a_balance_in_favour_of_the_collectivity_says_so() -> None:
    entries = (Entry(ON, EntryKind.PAYMENT, "F2026-0001", ZERO, Decimal("12.00")),)
    one = Open("F2026-0001", ON, None, ON, Position(Decimal("10.00"), paid=Decimal("22.00")))
    told = Statement("B", "Bourg", (), "Agglo", ON, None, ZERO, entries, (one,))
    read = whole(shown(render(told)))
    assert "Solde en faveur de la collectivité au 31/12/2026 12,00 €" in read
    assert "Total 0,00 12,00" in read
