"""What the papers of the stock say: a valuation by family and by part and bin, a part's card (rule S6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from garage.db.models.stock_years import StockYearLine
from garage.db.queries.stock_cards import CardRow
from garage.db.queries.stock_value import Line
from garage.documents.stock_value import Column, Paper, Table
from garage.domain.money import ZERO
from garage.french import stock_value as words
from garage.french.formats import amount, day, quantity, unit_price
from garage.french.labels import label
from garage.french.plain import plain_text

_FAMILIES: Final = (Column("Famille", 6), Column("Pièces", 2, number=True), Column("Valeur (€)", 3, number=True))
_CHANGES: Final = (Column("Ce qui a changé", 8), Column("Euros", 3, number=True))
_LINES: Final = (
    Column("Référence", 4),
    Column("Désignation", 7),
    Column("Magasin, casier", 5),
    Column("Quantité", 2.4, number=True),
    Column("Unité", 1.5),
    Column("CUMP (€)", 2.6, number=True),
    Column("Valeur (€)", 3, number=True),
)
_CARD: Final = (
    Column("Jour", 3.2), Column("Mouvement", 3.2), Column("Cause", 5.4), Column("Quantité", 2.4, number=True),
    Column("Coût (€)", 2.4, number=True), Column("En stock", 2.4, number=True), Column("CUMP (€)", 2.4, number=True),
    Column("Valeur (€)", 3, number=True),
)  # fmt: skip


def valuation(on: date, issuer: str, lines: Iterable[Line | StockYearLine], told: tuple[str, str]) -> Paper:
    """The valuation of a day by family, then line by line; `told` is what is said above and what stands at the foot."""
    families: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    parts: defaultdict[str, set[int]] = defaultdict(set)
    rows = []
    for line in lines:
        families[line.family] += line.value
        parts[line.family].add(line.part_id)
        rows.append(
            (line.reference, line.label, words.place(line.store, line.bin), quantity(line.quantity), line.unit,
             unit_price(line.average_cost), amount(line.value))
        )  # fmt: skip
    total = amount(sum(families.values(), ZERO))
    by_family = [
        (words.family(name), str(len(parts[name])), amount(families[name])) for name in sorted(families, key=plain_text)
    ]
    whole = ("Total", str(sum(map(len, parts.values()))), total)
    return Paper(
        title=words.title(on),
        subject=words.TITLE,
        issuer=issuer,
        method=(told[0], *words.METHOD),
        tables=(
            Table("Par famille", _FAMILIES, [*by_family, whole], totals=1),
            Table("Par pièce et casier", _LINES, [*rows, ("Total", "", "", "", "", "", total)], totals=1),
        ),
        foot=told[1],
    )


def change(
    span: tuple[date, date],
    issuer: str,
    lines: Sequence[tuple[str, Decimal]],
    families: Sequence[tuple[str | Decimal, ...]],
    beside: Sequence[str],
) -> Paper:
    """A value by another: its named lines, the first and the last being the values, then by family, the last in all."""
    first, last = span
    title = f"{words.CHANGE} du {day(first)} au {day(last)}"
    heads = (f"Au {day(first)}", *words.COLUMNS, f"Au {day(last)}")
    columns = (Column("Famille", 5), *(Column(head, 3, number=True) for head in heads))
    by_family = [[one if isinstance(one, str) else amount(one) for one in row] for row in families]
    return Paper(
        title=title,
        subject=words.CHANGE,
        issuer=issuer,
        method=beside,
        tables=(
            Table("Ce qui a changé", _CHANGES, [(name, amount(euros)) for name, euros in lines], totals=1),
            Table("Par famille (€)", columns, by_family, totals=1),
        ),
        foot=title,
    )


def card(
    part: tuple[str, str], span: tuple[date, date], rows: Sequence[CardRow], opening: CardRow, issuer: str
) -> Paper:
    """A part's card: what was there before the first day, each movement, what is there after the last."""
    first, last = span
    told = [_card_row(opening, "Report"), *(_card_row(row, day(row.moved_on)) for row in rows)]
    closing = rows[-1] if rows else opening
    end = ("Au " + day(last), "", "", "", "", quantity(closing.on_hand), _price(closing), amount(closing.worth))
    return Paper(
        title=f"{words.CARD} : {part[0]}",
        subject=words.CARD,
        issuer=issuer,
        method=(
            part[1],
            f"Du {day(first)} au {day(last)}. Quantité, CUMP et valeur sont ceux d’après le mouvement.",
            *words.AVERAGE,
        ),
        tables=(Table("Mouvements", _CARD, [*told, end], totals=1),),
        foot=f"{words.CARD} {part[0]}, du {day(first)} au {day(last)}",
    )


def _card_row(row: CardRow, when: str) -> tuple[str, ...]:
    if row.kind is None:
        return (when, "", "", "", "", quantity(row.on_hand), _price(row), amount(row.worth))
    return (
        when, label(row.kind), ". ".join(text for text in (row.cause.text, _for_order(row), row.note) if text),
        quantity(row.quantity), unit_price(row.unit_cost),
        quantity(row.on_hand), _price(row), amount(row.worth),
    )  # fmt: skip


def _for_order(row: CardRow) -> str:
    number = row.told.order_number if row.told is not None and row.cause.kind != "order" else None
    return f"Pour l’ordre {number}" if number else ""


def _price(row: CardRow) -> str:
    return "" if row.average_cost is None else unit_price(row.average_cost)
