"""Bundles for the finance application: choose bills, see what is missing, make, download, mark as transmitted (B11)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import finance_exports as queries
from garage.db.queries.finance_exports import Candidate, Elsewhere, ExportRow
from garage.domain.errors.base import GarageError
from garage.domain.errors.finance_exports import ExportDiffers, ExportTwice, ExportUnbalanced, PesRefused
from garage.domain.errors.invoices import FileDiffers
from garage.domain.finance_exports import Entry, HandedBill, shares
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import finance_exports as words
from garage.french import formats
from garage.french.refusals import sentence
from garage.operations import finance_exports as operations
from garage.operations import journal
from garage.operations.finance_exports import Prepared
from garage.operations.printing import Press
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import database, options, reading, transaction
from garage.web.forms.finance_exports import ExportForm, TransmitForm, numbers, scope
from garage.web.forms.invoicing import quarter_of_address
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("finance_exports", __name__, url_prefix="/exports")
_PAGE: Final = 50
_MOST: Final = 1000
_CHANGED: Final = (
    "Les factures ou les réglages ont changé depuis l’affichage de cette page. Relisez les chiffres, puis préparez."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address asks to hand over: bills that wait, bills handed over or titled before, and those taken."""

    quarter: Quarter | None
    run_id: int | None
    waiting: list[Candidate]
    before: list[Candidate]
    chosen: set[int]
    elsewhere: list[Elsewhere]

    @property
    def again(self) -> list[Candidate]:
        return [one for one in self.before if one.transmitted and one.id in self.chosen]


@dataclass(frozen=True, slots=True)
class ArticleSum:
    """What goes to one article and function; amounts in euros, credit notes taken off."""

    article: str
    function: str
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@blueprint.get("")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Bundles made, the latest first, and how many bills wait."""
    with reading() as session:
        rows = queries.page(session, _PAGE + 1, paging.whole(request.args.get("avant")))
        waiting = queries.waiting(session)
    older = rows[_PAGE - 1].id if len(rows) > _PAGE else None
    return render_template("finance_exports/index.html", rows=rows[:_PAGE], older=older, waiting=waiting)


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def new() -> ResponseReturnValue:
    """Choose bills, see what they give and what is missing; sending it makes the bundle, once."""
    form, today = ExportForm(), clock.today()
    with reading() as session:
        choice = _choice(session)
        scopes = scope(request.args, queries.quarters(session))
        prepared, refusal = _prepared(session, choice)
    if form.is_submitted() and form.validate():
        if refusal is not None:
            form.refuse(refusal)
        elif prepared is None or form.seen.data != _seen(prepared):
            form.form_errors.append(_CHANGED)
        else:
            with transaction() as session:
                export_id = operations.make(session, prepared, form.form_token.data, actor(), clock.now(), today)
            _finish(export_id)
            return redirect(url_for("finance_exports.show", export_id=export_id), 303)
    elif refusal is not None:
        form.refuse(refusal)
    form.seen.data = _seen(prepared) if prepared else ""
    return form_page(
        "finance_exports/new.html",
        form,
        choice=choice,
        scopes=scopes,
        prepared=prepared,
        articles=_by_article(prepared.bills, prepared.entries) if prepared else [],
        warnings=words.warnings(prepared.bills) if prepared else [],
        remarks=words.remarks(prepared.bills) if prepared else [],
        parts=words.parts(prepared.shares) if prepared else [],
        counted=words.counted(prepared.bills) if prepared else "",
        files=words.FILES,
        bars=_bars(prepared.bills, prepared.entries) if prepared else [],
    )


def _choice(session: Session) -> Choice:
    asked = request.args.get("trimestre")
    quarter = quarter_of_address(asked) if asked else None
    run_id = paging.whole(request.args.get("passage"))
    found = queries.candidates(session, _MOST, quarter, run_id)
    without, more = numbers(request.args.getlist("sans")), numbers(request.args.getlist("avec"))
    waiting = [one for one in found if not one.done]
    before = [one for one in found if one.done]
    chosen = {one.id for one in waiting} - without | {one.id for one in before} & more
    return Choice(quarter, run_id, waiting, before, chosen, queries.elsewhere(session, chosen))


def _prepared(session: Session, choice: Choice) -> tuple[Prepared | None, GarageError | None]:
    """What the choice gives; nothing when it is empty, a refusal when a bill does not foot."""
    if not choice.chosen:
        return None, None
    try:
        return operations.prepare(session, sorted(choice.chosen), clock.today()), None
    except ExportUnbalanced as refusal:
        return None, refusal


def _seen(prepared: Prepared) -> str:
    """A mark of what is on screen: bills, settings used, what is left out."""
    bills = [(bill.id, bill.debtor, bill.titre) for bill in prepared.bills]
    told = (bills, prepared.entries, prepared.left_out, prepared.totals, words.warnings(prepared.bills))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _by_article(bills: Sequence[HandedBill], rows: dict[int, list[Entry]]) -> list[ArticleSum]:
    sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for bill in bills:
        for row in rows[bill.id]:
            net, vat = sums.get((row.article, row.function), (ZERO, ZERO))
            sums[row.article, row.function] = net + bill.sign * row.net, vat + bill.sign * row.vat
    return [ArticleSum(*key, *amounts) for key, amounts in sorted(sums.items())]


def _bars(bills: Sequence[HandedBill], rows: dict[int, list[Entry]]) -> list[tuple[str, Decimal, str]]:
    found = _by_article(bills, rows)
    return [
        (f"Article {one.article}" if one.article else "Sans article", max(one.gross, ZERO), formats.euros(one.gross))
        for one in found
    ]


def _press() -> Press:
    return Press(database(), options().archive)


def _finish(export_id: int) -> bool:
    """Make the zip a first time, so that its fingerprint is kept; what fails is told, and can be done again."""
    try:
        operations.bundle_file(_press(), export_id, actor(), clock.now()).close()
    except (FileDiffers, PesRefused, OSError) as failure:
        _tell(export_id, failure)
        return False
    return True


def _tell(export_id: int, failure: GarageError | OSError) -> None:
    """A bundle that cannot be made or differs is in the journal, and a changed PDF is an alarm (rule B9)."""
    told = sentence(failure) if isinstance(failure, GarageError) else type(failure).__name__
    with transaction() as session:
        if isinstance(failure, FileDiffers):
            subject = ("invoices", failure.number)
            journal.record(
                session, actor(), "invoice.file_differs", subject, data={"path": failure.path}, now=clock.now()
            )
        subject = ("finance_exports", str(export_id))
        journal.record(session, actor(), "finance_export.failed", subject, data={"error": told}, now=clock.now())
    current_app.logger.error("finance export: %s", type(failure).__name__, extra={"export": export_id})


@blueprint.get("/<int(max=2147483647):export_id>")
@allow(Permission.PREVIEW_INVOICES)
def show(export_id: int) -> Response:
    """A bundle: what is in it, what is not and why, its bills, whether it was handed over."""
    return _shown(export_id, TransmitForm())


def _shown(export_id: int, form: TransmitForm) -> Response:
    with reading() as session:
        row = queries.one(session, export_id)
        ids = queries.bill_ids(session, export_id)
        bills = operations.contents(session, row, ids)
        others = [one for one in queries.elsewhere(session, ids, export_id) if one.transmitted]
    rows = operations.rows_of(bills, row)
    return form_page(
        "finance_exports/show.html",
        form,
        others=others,
        parts=words.parts(shares(bills)),
        row=row,
        bills=bills,
        articles=_by_article(bills, rows),
        bars=_bars(bills, rows),
        counted=words.counted(bills),
        names=_names(row, bills),
        files=words.FILES,
        left_out=row.settings["left_out"],
        remarks=row.settings["remarks"],
    )


def _names(row: ExportRow, bills: Sequence[HandedBill]) -> dict[str, str]:
    electronic = any(bill.electronic for bill in bills)
    return words.names(row.id, row.settings["left_out"], electronic=electronic, checked=row.settings["checked"])


@blueprint.get("/<int(max=2147483647):export_id>.zip")
@allow(Permission.PREVIEW_INVOICES)
def download(export_id: int) -> ResponseReturnValue:
    """The bundle, byte for byte what it was when made; anything else is an alarm. Not made yet, its page says so."""
    with reading() as session:
        row = queries.one(session, export_id)
    if row.sha256 is None:
        return redirect(url_for("finance_exports.show", export_id=export_id), 303)
    try:
        spool = operations.bundle_file(_press(), export_id, actor(), clock.now())
    except (ExportDiffers, FileDiffers, PesRefused, OSError) as failure:
        _tell(export_id, failure)
        return _alarm(export_id, failure)
    size = spool.seek(0, 2)
    spool.seek(0)
    answer = send_file(spool, "application/zip", as_attachment=True, download_name=f"export-{export_id:04d}.zip")
    answer.content_length = size
    return answer


def _alarm(export_id: int, failure: GarageError | OSError) -> Response:
    told = sentence(failure) if isinstance(failure, GarageError) else None
    return make_response(render_template("finance_exports/alarm.html", number=export_id, told=told), 500)


@blueprint.post("/<int(max=2147483647):export_id>/preparer")
@allow(Permission.ISSUE_INVOICES)
def finish(export_id: int) -> ResponseReturnValue:
    """Finish a bundle whose making was interrupted: the same files as if nothing had happened."""
    if _finish(export_id):
        done("Export préparé")
    return redirect(url_for("finance_exports.show", export_id=export_id), 303)


@blueprint.post("/<int(max=2147483647):export_id>/transmis")
@allow(Permission.ISSUE_INVOICES)
def transmit(export_id: int) -> ResponseReturnValue:
    """Mark a bundle as handed over: its bills become «transmises». Handed over elsewhere, it must be meant."""
    form = TransmitForm()
    if not form.validate_on_submit():
        return _shown(export_id, form)
    try:
        with transaction() as session:
            operations.mark_transmitted(session, export_id, actor(), clock.now(), anyway=form.anyway.data)
    except ExportTwice as refusal:
        form.refuse(refusal)
        return _shown(export_id, form)
    done("Export marqué comme transmis", undo=url_for("finance_exports.take_back", export_id=export_id))
    return redirect(url_for("finance_exports.show", export_id=export_id), 303)


@blueprint.post("/<int(max=2147483647):export_id>/non-transmis")
@allow(Permission.ISSUE_INVOICES)
def take_back(export_id: int) -> ResponseReturnValue:
    """Say that a bundle was not handed over after all."""
    with transaction() as session:
        operations.take_back(session, export_id, actor(), clock.now())
    done("Export de nouveau à transmettre")
    return redirect(url_for("finance_exports.show", export_id=export_id), 303)
