"""The blind sheet of a count, on paper and as a CSV file to fill and send back; once handed over, its result."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from garage.db.queries import billing
from garage.db.queries import counts as queries
from garage.documents.count_sheet import CountSheet, SheetLine, render
from garage.domain.counts import CountState
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Permission
from garage.french import formats
from garage.operations.count_file import COLUMNS
from garage.web import count_words
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response

_RESULT: Final = (
    "Magasin", "Casier", "Référence", "Désignation", "Unité", "Attendu", "Premier comptage", "Compté", "Écart",
    "Valeur de l’écart", "Motif", "Compté par",
)  # fmt: skip


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def paper(count_id: int) -> Response:
    """The sheet as a PDF: bin, reference, label, unit, empty box."""
    with reading() as session:
        count, lines = queries.one(session, count_id), queries.every_line(session, count_id)
        issuer = billing.issuer(session)
    sheet = CountSheet(
        title=f"Feuille de comptage {count.number}",
        subtitle=f"{count.title}, {formats.day(count.counted_on)}",
        issuer=issuer.name if issuer else "",
        told=("Comptez ce qui est là, sans regarder le stock à l’écran. Une case vide n’est pas comptée ; écrivez 0.",),
        heads=("Casier", "Référence", "Désignation", "Unité", "Compté"),
        lines=[
            SheetLine(count_words.place(line), line.reference, line.label, line.unit, line.recount) for line in lines
        ],
        again="second comptage",
        others="Trouvé en plus : casier, référence, quantité",
        signed="Compté par : ______________________________    Le : ______________    Signature : ______________",
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
    return csv_response(f"inventaire_{count.number}.csv", _RESULT, _results(count_id))


def _results(count_id: int) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for line in queries.every_line(session, count_id):
            gap = None if line.counted is None or line.expected is None else line.counted - line.expected
            yield (
                line.store_code, line.bin, line.reference, line.label, line.unit, line.expected, line.first_counted,
                line.counted, gap, count_words.value_of(line), count_words.reason(line.reason), line.counted_by,
            )  # fmt: skip


def _rows(count_id: int) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for line in queries.every_line(session, count_id):
            yield line.store_code, line.bin, line.reference, line.label, line.unit, None
