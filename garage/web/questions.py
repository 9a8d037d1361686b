"""Questions of a collectivity: its quarter before the bill, asking about a line there or on a bill, the answers."""

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import invoices
from garage.db.queries import questions as queries
from garage.domain.collectivities import VatRegime
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import bill as bill_words
from garage.french.anomalies import anomaly
from garage.operations import questions
from garage.operations.questions import Asked
from garage.web import drafts, own_drafts, paging, question_threads
from garage.web.access import actor, allow, person
from garage.web.context import reading, rules, transaction
from garage.web.forms.invoicing import quarter_of_address
from garage.web.forms.questions import AnswerForm, QuestionForm
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("questions", __name__)
_PAGE: Final = 50
_ANSWERING: Final = (Permission.CHECK_ORDERS, Permission.PREVIEW_INVOICES)
_RANK: Final = "<int(max=2147483647):rank>"


@blueprint.get("/questions")
@allow(Permission.READ_OWN, *_ANSWERING)
def index() -> str:
    """Those that wait, then the answered ones; a collectivity reads its own."""
    before, mine = paging.whole(request.args.get("avant")), person().collectivity_id
    with reading() as session:
        waiting = queries.waiting(session, mine) if before is None else []
        answered = queries.answered(session, _PAGE + 1, before, mine)
    return render_template(
        "questions/index.html",
        waiting=waiting,
        answered=answered[:_PAGE],
        older=answered[_PAGE - 1].id if len(answered) > _PAGE else None,
        first=before is None,
        answers=question_threads.answers(),
    )


@blueprint.get("/questions/<int(max=2147483647):question_id>")
@allow(Permission.READ_OWN, *_ANSWERING)
def show(question_id: int) -> ResponseReturnValue:
    """One question, its line, its answer or the place to write it."""
    return _page(question_id, AnswerForm())


@blueprint.post("/questions/<int(max=2147483647):question_id>")
@allow(*_ANSWERING)
def answer(question_id: int) -> ResponseReturnValue:
    """Answer it: the collectivity reads it on the line, and by e-mail that there is one."""
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                questions.answer(session, question_id, form.answer.data or "", actor(), clock.now())
            done("Réponse enregistrée")
            return redirect(url_for("questions.index"), 303)
        except NotFound:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return _page(question_id, form)


def _page(question_id: int, form: AnswerForm) -> ResponseReturnValue:
    with reading() as session:
        row = queries.one(session, question_id, person().collectivity_id)
    return form_page("questions/show.html", form, question=row, answers=question_threads.answers())


@blueprint.get("/mes-factures/apercu/<quarter>")
@allow(Permission.READ_OWN)
def preview(quarter: str) -> str:
    """What the quarter would bill this collectivity now; there is no number before the issue (rule B6)."""
    wanted = _shown(quarter)
    mine = person().collectivity_id
    with reading() as session:
        found = own_drafts.own(session, wanted.quarter, rules(session), mine)
        asked = queries.of_orders(session, found.order_ids, mine)
        floor = rules(session).floor
    return render_template(
        "questions/preview.html", shown=wanted, own=found, asked=asked, sentence=anomaly, floor=floor
    )


def _shown(quarter: str) -> own_drafts.Shown:
    """The quarter of the address, when it is the one that collectivities see today. Raises NotFound."""
    wanted: Quarter = quarter_of_address(quarter)
    with reading() as session:
        visible = own_drafts.shown(session, clock.today())
    if visible is None or visible.quarter != wanted:
        raise NotFound("quarter", quarter)
    return visible


@blueprint.get("/mes-factures/apercu/<quarter>/projet")
@allow(Permission.READ_OWN)
def draft(quarter: str) -> str:
    """One computed bill, or what a question holds back, line by line."""
    wanted, mine = _shown(quarter), person().collectivity_id
    regime = request.args.get("regime")
    if regime is not None and regime not in set(VatRegime):
        raise NotFound("invoice", regime)
    held = request.args.get("attente") == "1"
    with reading() as session:
        found = own_drafts.own(session, wanted.quarter, rules(session), mine)
        among = found.waiting if held else [*found.bills, *found.carried]
        one = own_drafts.chosen(among, request.args.get("engagement") or None, regime)
        bill = drafts.bill_of(session, one, wanted.quarter)
        rows = queries.of_orders(session, found.order_ids, mine)

    def ask(order: str, rank: int) -> str:
        return url_for("questions.ask", quarter=quarter, number=order, rank=rank)

    return render_template(
        "questions/draft.html",
        shown=wanted,
        held=held,
        facture=bill,
        mots=bill_words,
        sources=drafts.price_sources(bill),
        annee=None,
        fils=question_threads.of_rows(rows, ask if wanted.until else None),
    )


@blueprint.route(f"/mes-factures/apercu/<quarter>/question/<number>/{_RANK}", methods=["GET", "POST"])
@allow(Permission.READ_OWN)
def ask(quarter: str, number: str, rank: int) -> ResponseReturnValue:
    """Ask about a line of the preview: its order alone waits for the answer."""
    form = QuestionForm()
    if form.validate_on_submit():
        asked = Asked(paging.words(number), rank, form.question.data or "", form.form_token.data)
        try:
            with transaction() as session:
                questions.ask_before(session, asked, actor(), clock.now(), clock.today())
            done("Question envoyée. L’ordre attend la réponse avant d’être facturé")
            return redirect(url_for("questions.preview", quarter=quarter), 303)
        except NotFound:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    wanted = _shown(quarter)
    with reading() as session:
        found = own_drafts.own(session, wanted.quarter, rules(session), person().collectivity_id)
    label = found.label(paging.words(number), rank)
    if label is None and not form.errors:
        raise NotFound("line", f"{number}/{rank}")
    return form_page(
        "questions/ask.html",
        form,
        order=number,
        label=label or f"Ligne {rank}",
        bill=None,
        back=url_for("questions.preview", quarter=quarter),
        shown=wanted,
    )


@blueprint.route(f"/factures/<bill:number>/question/<order>/{_RANK}", methods=["GET", "POST"])
@allow(Permission.READ_OWN)
def ask_on_bill(number: str, order: str, rank: int) -> ResponseReturnValue:
    """Ask about a line of one's bill, which stays as it is (rule B8)."""
    with reading() as session:
        bill = invoices.visible(session, paging.words(number), person().collectivity_id)
        line = queries.billed_line(session, bill.id, paging.words(order), rank)
    form = QuestionForm()
    if form.validate_on_submit():
        asked = Asked(paging.words(order), rank, form.question.data or "", form.form_token.data)
        try:
            with transaction() as session:
                questions.ask_on_bill(session, bill.number, asked, actor(), clock.now())
            done("Question envoyée")
            return redirect(url_for("invoices.show", number=bill.number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    back = url_for("invoices.show", number=bill.number)
    return form_page("questions/ask.html", form, order=order, label=line.label, bill=bill.number, back=back, shown=None)
