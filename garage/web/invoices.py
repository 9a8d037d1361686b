"""Issued bills: the list, each as a page and as a PDF, a quarter's files, and a collectivity's own."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import IO, Final, cast

from flask import Blueprint, Response, current_app, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import exports, invoices, recovery, users
from garage.db.queries.exports import LineBilled
from garage.db.queries.invoices import IssuedBill
from garage.documents.facturx.container import xml_inside
from garage.domain.collectivities import Category
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.errors.invoices import FileDiffers, NothingIssued
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission, may
from garage.french import bill as bill_words
from garage.french import formats
from garage.french import recovery as recovery_words
from garage.french.labels import label
from garage.operations import journal, printing
from garage.operations.printing import Press
from garage.web import bill_mails, credit_notes, drafts, own_drafts, paging, question_threads, recovery_bill
from garage.web.access import actor, allow
from garage.web.context import database, options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.invoicing import BillFilters, quarter_of_address

blueprint = Blueprint("invoices", __name__)
_PAGE = 50
_SPOOL: Final = 4 * 1024 * 1024
_LINES_HEAD = (
    "Numéro", "Date", "Code", "Collectivité", "Engagement", "Ordre", "Véhicule", "Objet", "Jour", "Nature",
    "Code tarif", "Désignation", "Quantité", "Unité", "Prix unitaire", "Net", "Taux de TVA", "Grille", "Catégorie",
    "Article", "Exercice", "Motif de gratuité",
)  # fmt: skip


@blueprint.get("/factures")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Issued bills, the latest first, of a quarter or a collectivity when asked."""
    quarter = _asked_quarter()
    chosen = paging.whole(request.args.get("collectivite"))
    with reading() as session:
        bodies = users.collectivities(session)
        quarters = list(dict.fromkeys(one.quarter for one in invoices.billed_quarters(session)))
        sums = invoices.billed_quarters(session, chosen, quarter) if quarter is not None else []
        rows, newer, older = _page(session, chosen, quarter)
        states = recovery.states(session, [row.id for row in rows])
    return render_template(
        "invoices/index.html",
        rows=rows,
        states=states,
        suivi_mots=recovery_words,
        newer=newer,
        older=older,
        quarter=quarter,
        sums=sums,
        filters=_filters(quarters, bodies),
        chips=_chips(quarter, dict(bodies).get(chosen or 0), chosen),
        kept={"trimestre": quarter, "collectivite": chosen},
    )


def _page(
    session: Session, chosen: int | None, quarter: Quarter | None
) -> tuple[list[IssuedBill], str | None, str | None]:
    """The bills that the address asks for, and the keys of the pages of newer and older ones."""
    before, after = (paging.day_key(request.args.get(name)) for name in ("avant", "apres"))
    rows = invoices.page(session, _PAGE + 1, None if after else before, chosen, quarter, after=after)
    more = len(rows) > _PAGE
    shown = rows[-_PAGE:] if after else rows[:_PAGE]
    newer, older = (more, True) if after else (before is not None, more)
    return (
        shown,
        paging.written(shown[0].issued_on, shown[0].id) if newer and shown else None,
        paging.written(shown[-1].issued_on, shown[-1].id) if older and shown else None,
    )


def _asked_quarter() -> Quarter | None:
    text = request.args.get("trimestre")
    return quarter_of_address(text) if text else None


def _filters(quarters: Sequence[Quarter], bodies: Sequence[tuple[int, str]]) -> BillFilters:
    form = BillFilters(request.args, meta={"csrf": False})
    form.trimestre.choices = choices([("", "Tous"), *((one, formats.quarter(one)) for one in quarters)])
    form.collectivite.choices = choices([("", "Toutes"), *bodies])
    return form


def _chips(quarter: Quarter | None, name: str | None, chosen: int | None) -> list[tuple[str, str]]:
    """The filters in force, each with the address without it."""
    chips: list[tuple[str, str]] = []
    if quarter is not None:
        chips.append((formats.quarter(quarter), url_for("invoices.index", collectivite=chosen)))
    if name is not None:
        chips.append((name, url_for("invoices.index", trimestre=quarter)))
    return chips


def _scope() -> int | None:
    """The one collectivity whose bills this person may read; None is all of them."""
    me = actor()
    if not may(me.role, Permission.PREVIEW_INVOICES) and me.collectivity_id is None:
        raise NotVisible("invoice", "")
    return me.collectivity_id


@blueprint.get("/factures/<bill:number>")
@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def show(number: str) -> str:
    """An issued bill as a page that says what its PDF says."""
    with reading() as session:
        row = invoices.visible(session, paging.words(number), _scope())
        bill = invoices.bill(session, row.id)
        followed = recovery_bill.panel(session, row.number)
        fils, sendings = question_threads.of_bill(session, row), bill_mails.of_bill(session, row)
        corrections = credit_notes.of_bill(session, row)
    return render_template(
        "invoices/show.html",
        suivi=followed,
        suivi_mots=recovery_words,
        fils=fils,
        sendings=sendings,
        corrections=corrections,
        row=row,
        facture=bill,
        mots=bill_words,
        sources=drafts.price_sources(bill),
        annee=bill.issued_on.year if bill.issued_on else None,
    )


@blueprint.get("/factures/<bill:number>.pdf")
@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def pdf(number: str) -> ResponseReturnValue:
    """The PDF as it was issued: its fingerprint is checked, a missing file is printed again (rule B9)."""
    with reading() as session:
        row = invoices.visible(session, paging.words(number), _scope())
    try:
        content, path = _bytes(row)
    except (FileDiffers, OSError) as failure:
        return _alarm(row.number, failure)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{PurePosixPath(path).name}"'
    return answer


@blueprint.get("/factures/<bill:number>.xml")
@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def xml(number: str) -> ResponseReturnValue:
    """The XML of EN 16931 as it was issued inside the PDF; an old bill and an internal one have none."""
    with reading() as session:
        row = invoices.visible(session, paging.words(number), _scope())
    try:
        content, path = _bytes(row)
    except (FileDiffers, OSError) as failure:
        return _alarm(row.number, failure)
    inside = xml_inside(content)
    if inside is None:
        raise NotFound("invoice", row.number)
    answer = Response(inside, mimetype="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{PurePosixPath(path).stem}.xml"'
    return answer


def _bytes(row: IssuedBill) -> tuple[bytes, str]:
    """The bytes of a bill and the path of its file. Raises FileDiffers, OSError."""
    return printing.issued_bytes(Press(database(), options().archive), row, actor(), clock.now())


def _alarm(number: str, failure: FileDiffers | OSError) -> Response:
    """A file that is not what was issued, or a folder that refuses: said in French, and in the journal."""
    differs = isinstance(failure, FileDiffers)
    data = {"path": failure.path} if isinstance(failure, FileDiffers) else {"error": type(failure).__name__}
    with transaction() as session:
        action = "invoice.file_differs" if differs else "invoice.file_unreadable"
        journal.record(session, actor(), action, ("invoices", number), data=data, now=clock.now())
    current_app.logger.error("bill file: %s", type(failure).__name__, extra={"invoice": number})
    return make_response(render_template("invoices/alarm.html", number=number, differs=differs), 500)


@blueprint.get("/factures/<quarter>.zip")
@allow(Permission.PREVIEW_INVOICES)
def archive(quarter: str) -> ResponseReturnValue:
    """The PDFs of a quarter in one file, each checked as it is read; kept on disk, never whole in memory."""
    wanted = quarter_of_address(quarter)
    with reading() as session:
        rows = invoices.of_quarter(session, wanted)
    if not rows:
        raise NothingIssued(str(wanted))
    spool = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - closed once sent
    try:
        failed = _fill(spool, rows)
    except BaseException:
        spool.close()
        raise
    if failed is not None:
        spool.close()
        return _alarm(*failed)
    size = spool.tell()
    spool.seek(0)
    answer = send_file(spool, "application/zip", as_attachment=True, download_name=f"factures_{wanted}.zip")
    answer.content_length = size
    return answer


def _fill(spool: IO[bytes], rows: Iterable[IssuedBill]) -> tuple[str, FileDiffers | OSError] | None:
    """Write the files; the first that cannot be vouched for, with why, stops it all."""
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_STORED) as packed:
        for row in rows:
            try:
                content, path = _bytes(row)
            except (FileDiffers, OSError) as failure:
                return row.number, failure
            when = (row.issued_on.year, row.issued_on.month, row.issued_on.day, 0, 0, 0)
            packed.writestr(zipfile.ZipInfo(PurePosixPath(path).name, when), content)
    return None


@blueprint.get("/factures/<quarter>.csv")
@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def lines_csv(quarter: str) -> Response:
    """Every billed line of a quarter; a collectivity gets its own."""
    wanted, own = quarter_of_address(quarter), _scope()
    return csv_response(f"lignes_{wanted}_{clock.today()}.csv", _LINES_HEAD, _csv_rows(wanted, own))


def _csv_rows(quarter: Quarter, collectivity_id: int | None) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for line in exports.billed_lines(session, quarter, collectivity_id):
            yield _csv_row(line)


def _csv_row(line: LineBilled) -> Sequence[Cell]:
    return (
        line.number, line.issued_on, line.collectivity, line.name, line.engagement, line.order, line.fleet_number,
        line.object_label, line.done_on, label(line.nature), line.code, line.label, line.quantity, line.unit,
        line.unit_price, line.net, line.vat_rate, line.grid, _category(line.category), line.article,
        line.done_on.year if line.done_on else None, line.non_billable_reason,
    )  # fmt: skip


def _category(category: Category) -> str:
    return bill_words.CATEGORIES[category]


@blueprint.get("/mes-factures")
@allow(Permission.READ_OWN)
def mine() -> str:
    """A collectivity's own bills, by quarter billed."""
    with reading() as session:
        rows = invoices.page(session, _PAGE + 1, paging.day_key(request.args.get("avant")), _scope())
        coming = own_drafts.shown(session, clock.today())
        states = recovery.states(session, [row.id for row in rows])
    shown = sorted(rows[:_PAGE], key=lambda row: row.quarter, reverse=True)
    current = Quarter.of(clock.today())
    return render_template(
        "invoices/mine.html",
        by_quarter=[(Quarter.parse(text), list(bills)) for text, bills in groupby(shown, key=lambda row: row.quarter)],
        current=current,
        states=states,
        suivi_mots=recovery_words,
        coming=coming,
        has_current=any(row.quarter == str(current) for row in rows),
        older=paging.written(rows[_PAGE - 1].issued_on, rows[_PAGE - 1].id) if len(rows) > _PAGE else None,
        first=request.args.get("avant") is None,
    )
