"""Corrections of issued bills: which kind, what is taken back, its draft as a page, its review, its issue (rule B8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import billing, invoices
from garage.db.queries import credit_notes as queries
from garage.db.queries.credit_notes import Links
from garage.db.queries.invoices import IssuedBill
from garage.db.queries.paging import AnyRow
from garage.db.queries.settings import current
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.invoices.bill import SERIES, Bill, BillKind
from garage.domain.invoices.credit_notes import (
    OPEN_STATES,
    CreditableBill,
    CreditPurpose,
    as_bill,
    compute,
    whole,
)
from garage.domain.invoices.numbering import number as bill_number
from garage.domain.permissions import Permission
from garage.french import bill as bill_words
from garage.french import credit_notes as words
from garage.french import formats
from garage.french.refusals import sentence
from garage.operations import credit_notes, credit_notes_issue, printing
from garage.operations.credit_notes import By, Wanted
from garage.operations.printing import Press
from garage.web import drafts, paging
from garage.web.access import actor, allow, person
from garage.web.context import database, options, reading, transaction
from garage.web.forms.credit_notes import CreditForm, IssueCreditForm, LinesForm, OrdersForm, lines_form
from garage.web.forms.fields import choices
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("credit_notes", __name__)
SLUGS: Final = {
    CreditPurpose.REBILL: "refacturer",
    CreditPurpose.REDUCE: "reduire",
    CreditPurpose.PART_RETURN: "retour-de-piece",
}
_PURPOSES: Final = {slug: purpose for purpose, slug in SLUGS.items()}
_ID: Final = "<int(max=2147483647):draft_id>"


def _bill(session: Session, number: str) -> IssuedBill:
    return invoices.visible(session, paging.words(number), None)


def _by() -> By:
    return By(actor(), clock.now(), clock.today())


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a bill's page tells of its corrections: bills tied to it, drafts and the button for accounting alone."""

    links: Links
    drafts: Sequence[AnyRow]
    corrects: bool


def of_bill(session: Session, row: IssuedBill) -> Corrections:
    """What became of a bill, as far as the person signed in may know."""
    me = person()
    corrects = me.may(Permission.ISSUE_INVOICES)
    drafts = queries.in_preparation(session, row.id) if corrects else []
    links = queries.links(session, row.id, me.collectivity_id)
    return Corrections(links, drafts, corrects and row.kind is not BillKind.CREDIT_NOTE)


@blueprint.get("/factures/<bill:number>/corriger")
@allow(Permission.ISSUE_INVOICES)
def choose(number: str) -> str:
    """What kind of correction, in words: a credit note of three kinds, or a complement."""
    with reading() as session:
        row = _bill(session, number)
        bill = queries.creditable(session, row.id)
        waiting = queries.in_preparation(session, row.id)
    return render_template(
        "credit_notes/choose.html",
        row=row,
        slugs=SLUGS,
        effects=words.EFFECTS,
        left=bool(whole(bill)),
        waiting=waiting,
    )


@blueprint.get("/factures/<bill:number>/completer")
@allow(Permission.ISSUE_INVOICES)
def complete(number: str) -> str:
    """How something forgotten is added: a line on the order, billed by the next run as a complement (rule B4)."""
    with reading() as session:
        row = _bill(session, number)
        orders = queries.orders_of(session, row.id)
    return render_template("credit_notes/complete.html", row=row, orders=orders)


@blueprint.route("/factures/<bill:number>/corriger/<slug>", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def prepare(number: str, slug: str) -> ResponseReturnValue:
    """What the credit note takes back, and why; sending it prepares it, without number."""
    purpose = _PURPOSES.get(slug)
    if purpose is None:
        raise NotFound("invoice", slug)
    with reading() as session:
        row = _bill(session, number)
        bill, first = queries.creditable(session, row.id), invoices.bill(session, row.id)
    form = _form(bill, first, purpose)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                wanted = Wanted(purpose, _measures(form, bill), form.reason.data or "", form.form_token.data or None)
                draft_id = credit_notes.prepare(session, row.id, wanted, _by())
            done("Avoir préparé. Relisez-le avant de l’émettre.")
            return redirect(url_for("credit_notes.show", draft_id=draft_id), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return _form_page(form, row, purpose, bill, first, None)


def _form(
    bill: CreditableBill, first: Bill, purpose: CreditPurpose, chosen: dict[int, Decimal] | None = None, **data: Any
) -> OrdersForm | LinesForm:
    """Orders all ticked, or lines none ticked, unless a draft chose."""
    if purpose is CreditPurpose.REBILL:
        left = {line.order for line in bill.lines if line.left}
        mine = left if chosen is None else {line.order for line in bill.lines if line.id in chosen}
        form = OrdersForm(data={"orders": sorted(mine), **data})
        form.orders.choices = choices(
            (order.number, f"{order.number} – {bill_words.vehicle(order)[0]}")
            for order in first.orders
            if order.number in left
        )
        return form
    lines = [line for line in bill.lines if line.left and not line.free]
    if purpose is CreditPurpose.PART_RETURN:
        lines = [line for line in lines if line.nature.value == "part"]
    return lines_form(lines, chosen or {}, **data)


def _measures(form: OrdersForm | LinesForm, bill: CreditableBill) -> dict[int, Decimal]:
    return form.wanted if isinstance(form, LinesForm) else whole(bill, form.orders.data or [])


def _form_page(
    form: OrdersForm | LinesForm,
    row: IssuedBill,
    purpose: CreditPurpose,
    bill: CreditableBill,
    first: Bill,
    draft: AnyRow | None,
) -> ResponseReturnValue:
    with reading() as session:
        others = queries.taken_by_others(session, row.id, draft.id if draft else None)
    return form_page(
        "credit_notes/form.html",
        form,
        row=row,
        purpose=purpose,
        effect=words.EFFECTS[purpose],
        groups=_groups(form, first, others) if isinstance(form, LinesForm) else [],
        others=sorted({(others[line.id], line.order) for line in bill.lines if line.id in others}),
        nothing=not whole(bill) if isinstance(form, OrdersForm) else not form.lines,
        draft=draft,
        before=form.version.data,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a bill on the form: what it says, what is left of it, another draft that takes it."""

    line: Any
    billed: Any
    left: str
    other: int | None


def _groups(form: LinesForm, first: Bill, others: dict[int, int]) -> Sequence[tuple[str, list[Shown]]]:
    """The lines by order as the bill prints them."""
    known = {(line.order, line.rank): line for line in form.lines}
    groups = []
    for order in first.orders:
        shown = [
            Shown(mine, line, _left(mine, line.unit), others.get(mine.id))
            for line in order.lines
            if (mine := known.get((order.number, line.rank)))
        ]
        if shown:
            groups.append((f"{order.number} – {bill_words.vehicle(order)[0]}", shown))
    return groups


def _left(line: Any, unit: str) -> str:
    if line.nature.value == "labour":
        return formats.hours(int(line.left))
    return f"{formats.quantity(line.left)}\u00a0{unit}"


@blueprint.get("/avoirs")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Credit notes in preparation, the oldest first."""
    with reading() as session:
        rows = queries.in_preparation(session)
        sums = {row.id: _gross(session, row) for row in rows}
        reviewed = current(session).reviewed_credits
    return render_template("credit_notes/index.html", rows=rows, sums=sums, reviewed=reviewed)


def _gross(session: Session, row: AnyRow) -> Decimal | None:
    """What it would come to now; nothing when another credit note took its lines."""
    try:
        bill = queries.creditable(session, row.invoice_id)
        return compute(bill, row.purpose, queries.wanted(session, row.id)).gross
    except GarageError:
        return None


@blueprint.get(f"/avoirs/{_ID}")
@allow(Permission.PREVIEW_INVOICES)
def show(draft_id: int) -> str:
    """A credit note in preparation as a page marked as a draft; issued, what became of the orders; or dropped."""
    with reading() as session:
        draft = queries.draft(session, draft_id)
        if draft.state not in OPEN_STATES:
            orders = queries.orders_of(session, draft.credit_note_id) if draft.credit_note_id else []
            return render_template("credit_notes/done.html", draft=draft, orders=orders)
        projected, refusal = _projected(session, draft)
        reviewed = current(session).reviewed_credits
        others = queries.taken_by_others(session, draft.invoice_id, draft_id)
        shared = {others[line] for line in queries.wanted(session, draft_id) if line in others}
    mine = draft.prepared_by_id == person().id
    return render_template(
        "credit_notes/show.html",
        draft=draft,
        facture=projected,
        refusal=sentence(refusal) if refusal else None,
        mots=bill_words,
        sources=drafts.price_sources(projected) if projected else [],
        annee=clock.today().year,
        may_review=reviewed and not mine and draft.state.value == "prepared",
        waits=reviewed and draft.state.value == "prepared",
        mine=mine,
        others=sorted(shared),
    )


def _projected(session: Session, draft: AnyRow) -> tuple[Bill | None, GarageError | None]:
    """The credit note as it would be printed, or why it cannot be any more."""
    try:
        bill = queries.creditable(session, draft.invoice_id)
        credit = compute(bill, draft.purpose, queries.wanted(session, draft.id))
    except GarageError as refusal:
        return None, refusal
    return as_bill(invoices.bill(session, draft.invoice_id), credit, draft.reason), None


@blueprint.route(f"/avoirs/{_ID}/modifier", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def change(draft_id: int) -> ResponseReturnValue:
    """What is taken back, changed; two people who change it at once are told."""
    with reading() as session:
        draft = _open(session, draft_id)
        row = invoices.issued(session, draft.number)
        bill, first = queries.creditable(session, row.id), invoices.bill(session, row.id)
        chosen = queries.wanted(session, draft_id)
    form = _form(bill, first, draft.purpose, chosen, reason=draft.reason, version=str(draft.version))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                measures = chosen if draft.purpose is CreditPurpose.PART_RETURN else _measures(form, bill)
                wanted = Wanted(draft.purpose, measures, form.reason.data or "")
                credit_notes.change(session, draft_id, _version(form), wanted, _by())
            done("Avoir en préparation modifié")
            return redirect(url_for("credit_notes.show", draft_id=draft_id), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return _form_page(form, row, draft.purpose, bill, first, draft)


def _open(session: Session, draft_id: int) -> AnyRow:
    """A draft that is still in preparation, as the operations see it. Raises NotFound, CreditClosed."""
    draft = queries.draft(session, draft_id)
    credit_notes.check_open(draft.state)
    return draft


def _version(form: CreditForm | IssueCreditForm) -> int:
    return paging.whole(form.version.data) or 0


@blueprint.post(f"/avoirs/{_ID}/relire")
@allow(Permission.ISSUE_INVOICES)
def review(draft_id: int) -> ResponseReturnValue:
    """Say that it is right: somebody else than who prepared it."""
    with transaction() as session:
        credit_notes.review(session, draft_id, paging.whole(request.form.get("version")) or 0, _by())
    done("Avoir relu\u00a0: il peut être émis")
    return redirect(url_for("credit_notes.show", draft_id=draft_id), 303)


@blueprint.post(f"/avoirs/{_ID}/abandonner")
@allow(Permission.ISSUE_INVOICES)
def drop(draft_id: int) -> ResponseReturnValue:
    """Give it up; it never had a number."""
    with transaction() as session:
        credit_notes.drop(session, draft_id, paging.whole(request.form.get("version")) or 0, _by())
        number = queries.draft(session, draft_id).number
    done("Avoir en préparation abandonné")
    return redirect(url_for("invoices.show", number=number), 303)


@blueprint.route(f"/avoirs/{_ID}/emettre", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def issue(draft_id: int) -> ResponseReturnValue:
    """The last check before a number is given: day, amount, what becomes of the orders."""
    today = clock.today()
    with reading() as session:
        draft = _open(session, draft_id)
        projected, refusal = _projected(session, draft)
        last = billing.last_issue_day(session, SERIES[BillKind.CREDIT_NOTE])
        number = _next_number(session, today.year)
        waits = current(session).reviewed_credits and draft.state.value == "prepared"
    form = IssueCreditForm(data={"on": today, "version": str(draft.version)})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = credit_notes_issue.issue(session, draft_id, _version(form), form.on.data, _by())
        except Conflict:
            raise
        except GarageError as refused:
            form.refuse(refused)
        else:
            done(
                "Avoir émis"
                if _print(made)
                else "Avoir émis. Son PDF n’a pas pu être écrit\u00a0: il le sera plus tard."
            )
            return redirect(url_for("credit_notes.show", draft_id=draft_id), 303)
    return form_page(
        "credit_notes/issue.html",
        form,
        draft=draft,
        facture=projected,
        refusal=sentence(refusal) if refusal else None,
        number=number,
        last=last,
        waits=waits,
    )


def _next_number(session: Session, year: int) -> str:
    """The number that the next credit note of a year bears. Raises SeriesFull."""
    series = SERIES[BillKind.CREDIT_NOTE]
    return bill_number(series, year, invoices.last_sequence(session, series, year) + 1, current(session))


def _print(invoice_id: int) -> bool:
    """Print it beside the bill it credits, after the commit; it stands whatever happens to the disk (rule E16)."""
    with printing.printing(Press(database(), options().archive), clock.now()) as under_way:
        under_way.give(invoice_id)
        return not under_way.finish().failures
