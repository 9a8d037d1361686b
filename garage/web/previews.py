"""A quarter's bills before their numbers: all in one page, all in one PDF, each on its own. Nothing is written here."""

from itertools import islice

from flask import Response, render_template, request, url_for
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import job_runs
from garage.db.queries.job_runs import Run
from garage.documents.invoices.previews import together
from garage.documents.invoices.render import render
from garage.domain.collectivities import VatRegime
from garage.domain.errors.base import NotFound
from garage.domain.errors.invoices import NothingToPreview
from garage.domain.invoices.bill import Bill
from garage.domain.permissions import Permission
from garage.french import bill as bill_words
from garage.french import formats
from garage.operations import job_runs as asking
from garage.web import drafts, paging
from garage.web.access import allow
from garage.web.context import reading, rules
from garage.web.drafts import DraftRow, Wanted
from garage.web.forms.invoicing import quarter_of_address

ISSUING = ("issue_quarter", "quarterly_invoicing")
# A page holds whole bills: their lines, and each bill's own frame counted as so many lines.
_LINES, _FRAME = 300, 10


def under_way(session: Session) -> Run | None:
    """The run that issues bills now, if one does."""
    alive = job_runs.under_way(session, ISSUING, clock.now() - asking.SILENCE)
    return alive[0] if alive else None


def pages(rows: list[DraftRow]) -> list[tuple[int, int]]:
    """Where each page of whole bills starts and ends, a bill at least on each."""
    found: list[tuple[int, int]] = []
    start = weight = 0
    for place, row in enumerate(rows):
        more = row.lines + _FRAME
        if place > start and weight + more > _LINES:
            found.append((start, place))
            start, weight = place, 0
        weight += more
    return [*found, (start, len(rows))] if rows else []


@allow(Permission.PREVIEW_INVOICES)
def overview(quarter: str) -> str:
    """Every computed bill of a quarter, whole, a page of them at a time (rule B6)."""
    wanted, asked = quarter_of_address(quarter), paging.whole(request.args.get("page")) or 1
    with reading() as session:
        prepared = drafts.prepare(session, wanted, rules(session))
        spans = pages(prepared.bills)
        place = min(max(asked, 1), max(len(spans), 1))
        span = spans[place - 1] if spans else (0, 0)
        shown = list(islice(drafts.every_bill(session, wanted, rules(session)), *span)) if spans else []
        active = under_way(session)
    return render_template(
        "invoicing/overview.html",
        prepared=prepared,
        shown=shown,
        first=span[0] + 1,
        before=_page(wanted, place - 1) if place > 1 else None,
        after=_page(wanted, place + 1) if place < len(spans) else None,
        finished=wanted.finished_on(clock.today()),
        under_way=active,
        mots=bill_words,
    )


def _page(quarter: object, place: int) -> str:
    return url_for("invoicing.overview", quarter=quarter, page=place if place > 1 else None)


@allow(Permission.PREVIEW_INVOICES)
def every_pdf(quarter: str) -> Response:
    """Every computed bill in one PDF, each page marked PROJET."""
    wanted = quarter_of_address(quarter)
    with reading() as session:
        bills = list(drafts.every_bill(session, wanted, rules(session)))
    if not bills:
        raise NothingToPreview(str(wanted))
    return _pdf(together(bills, f"Projets de factures, {formats.quarter(wanted)}"), f"projets_{wanted}.pdf")


@allow(Permission.PREVIEW_INVOICES)
def draft(quarter: str, code: str) -> str:
    """One computed bill, as a page."""
    bill = _one(quarter, code)
    return render_template(
        "invoicing/draft.html",
        facture=bill,
        mots=bill_words,
        sources=drafts.price_sources(bill),
        annee=None,
        pdf=url_for(
            "invoicing.draft_pdf", quarter=quarter, code=code, engagement=bill.engagement, regime=bill.regime.value
        ),
    )


@allow(Permission.PREVIEW_INVOICES)
def draft_pdf(quarter: str, code: str) -> Response:
    """One computed bill, as a PDF marked PROJET."""
    bill = _one(quarter, code)
    return _pdf(render(bill).content, f"projet_{bill.quarter}_{bill.addressee.code.lower()}.pdf")


def _one(quarter: str, code: str) -> Bill:
    wanted, regime = quarter_of_address(quarter), request.args.get("regime")
    if regime and regime not in set(VatRegime):
        raise NotFound("invoice", regime)
    named = Wanted(code.upper(), request.args.get("engagement") or None, VatRegime(regime) if regime else None)
    with reading() as session:
        return drafts.one_bill(session, wanted, rules(session), named)


def _pdf(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
