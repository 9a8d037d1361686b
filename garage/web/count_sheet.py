"""The blind sheet of a count, on paper and as a CSV file to fill; then its result, and the minutes of its approval."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import billing
from garage.db.queries import counts as queries
from garage.db.queries.paging import AnyRow
from garage.documents.count_sheet import CountSheet, SheetLine, render
from garage.documents.stock_value import render as render_paper
from garage.domain.counts import CountState
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french import formats
from garage.operations import count_papers
from garage.operations.count_file import COLUMNS
from garage.operations.count_papers import Minutes
from garage.web import count_words
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.filters import instant
from garage.web.stock_value import pdf

_RESULT: Final = (
    "Magasin", "Casier", "Référence", "Désignation", "Unité", "Attendu", "Premier comptage", "Second comptage", "Écart",
    "Coût unitaire", "Valeur de l’écart", "Motif", "Premier comptage par", "Second comptage par", "Compté le",
    "Approuvé par", "Approuvé le", "Jour des écarts",
)  # fmt: skip
_SIGNED: Final = "{} : ______________________________    Le : ______________    Signature : ______________"


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def paper(count_id: int) -> Response:
    """The sheet as a PDF: bin, reference, label, unit, empty box."""
    with reading() as session:
        count, lines = queries.one(session, count_id), queries.every_line(session, count_id)
        issuer, left = billing.issuer(session), queries.left_out(session, count.number)
    sheet = CountSheet(
        title=f"Feuille de comptage {count.number}",
        subtitle=f"{count.title}, {formats.day(count.counted_on)}",
        issuer=issuer.name if issuer else "",
        told=(
            "Comptez ce qui est là, sans regarder le stock à l’écran. Une case vide n’est pas comptée ; écrivez 0.",
            *([f"{count_words.left_words(left)}."] if left else []),
        ),
        heads=("Casier", "Référence", "Désignation", "Unité", "Compté"),
        lines=[
            SheetLine(count_words.place(line), line.reference, line.label, line.unit, line.recount) for line in lines
        ],
        again="second comptage",
        others="Trouvé en plus : casier, référence, quantité",
        signed=_SIGNED.format("Compté par"),
        foot=f"{count.number}, feuille de comptage",
    )
    answer = Response(render(sheet), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="comptage_{count.number}.pdf"'
    return answer


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def table(count_id: int) -> ResponseReturnValue:
    """The sheet as a CSV file, its quantities empty, under the heads that the file is read by."""
    with reading() as session:
        number = queries.one(session, count_id).number
    return csv_response(f"comptage_{number}.csv", COLUMNS, _rows(count_id))


@allow(Permission.READ_VALUE)
def result(count_id: int) -> ResponseReturnValue:
    """What was expected and found, line by line, for a spreadsheet; never while it is being counted."""
    with reading() as session:
        count = queries.one(session, count_id)
    if count.state is CountState.COUNTING:
        raise NotFound("count", count.number)
    return csv_response(f"inventaire_{count.number}.csv", _RESULT, _results(count))


def _results(count: AnyRow) -> Iterator[Sequence[Cell]]:
    approved = (count.approved_by, _day(count.approved_at))
    with reading() as session:
        lines = queries.every_line(session, count.id)
        worth = count_words.values(count_words.differing(lines))
        for line in lines:
            yield (
                line.store_code, line.bin, line.reference, line.label, line.unit, line.expected,
                *count_words.first_and_second(line), count_words.gap(line), count_words.cost_of(line, count.state),
                worth.get(line.id, ZERO) if line.counted is not None else None, count_words.reason(line.reason),
                *count_words.counters(line), _day(line.counted_at), *approved, line.moved_on or count.counted_on,
            )  # fmt: skip


def _day(instant: datetime | None) -> date | None:
    return clock.paris_day(instant) if instant else None


@allow(Permission.READ_VALUE)
def minutes(count_id: int) -> Response:
    """What was found and approved, to be signed and kept: the figures that were written, whatever comes after."""
    with reading() as session:
        count, lines = queries.one(session, count_id), queries.every_line(session, count_id)
        issuer, left = billing.issuer(session), queries.left_out(session, count.number)
        sums = queries.sums(session, [count_id])[count_id]
    if count.state is not CountState.APPROVED:
        raise NotFound("count", count.number)
    worth = count_words.values(count_words.differing(lines))
    missing, excess = count_words.both_ways(worth.values())
    people = sorted({name for line in lines for name in count_words.counters(line) if name})
    said = Minutes(
        number=count.number,
        issuer=issuer.name if issuer else "",
        told=(
            count.title,
            f"Écarts datés du {formats.day(count.counted_on)}.",
            f"Ouvert le {instant(count.opened_at)} par {count.opened_by or '–'}.",
            f"Approuvé le {instant(count.approved_at)} par {count.approved_by or '–'}.",
            f"Compté par : {', '.join(people)}.",
            *([f"{count_words.left_words(left)}."] if left else []),
        ),
        sums=[
            ("Lignes de l’inventaire", formats.count(sums.lines)),
            ("Lignes comptées", formats.count(sums.counted)),
            ("Lignes justes", formats.count(sums.right)),
            ("Manques", formats.euros(-missing)),
            ("Excédents", formats.euros(excess)),
            ("Différence sur la valeur du stock", formats.euros(excess - missing)),
        ],
        lines=[_minute(line, worth, count.counted_on) for line in lines],
        total=("Total", "", "", "", "", "", "", formats.amount(excess - missing), "", "", ""),
        signed=[_SIGNED.format("Compté par"), _SIGNED.format("Approuvé par")],
    )
    return pdf(render_paper(count_papers.minutes(said)), f"proces_verbal_{count.number}.pdf")


def _minute(line: AnyRow, worth: Mapping[int, Decimal], day: date) -> tuple[str, ...]:
    cost, gap = count_words.cost_of(line, CountState.APPROVED), count_words.gap(line)
    first, second = count_words.first_and_second(line)
    late = line.moved_on if line.moved_on not in (None, day) else None
    who = ", puis ".join(name for name in count_words.counters(line) if name)
    return (
        count_words.place(line),
        f"{line.reference} {line.label} ({line.unit})",
        *("" if one is None else formats.quantity(one) for one in (line.expected, first, second, gap)),
        "" if cost is None else formats.unit_price(cost),
        formats.amount(worth.get(line.id, ZERO)) if line.counted is not None else "non compté",
        "",
        count_words.reason(line.reason) + (f", daté du {formats.day(late)}" if late else ""),
        f"{who}, {instant(line.counted_at).replace(formats.NBSP, ' ')}" if line.counted_at else "",
    )


def _rows(count_id: int) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for line in queries.every_line(session, count_id):
            yield line.store_code, line.bin, line.reference, line.label, line.unit, None
