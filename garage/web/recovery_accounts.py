"""The account of one collectivity, for accounting and for itself: a page and a PDF of the same statement."""

from datetime import date

from flask import Response, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import recovery_accounts as accounts
from garage.db.queries.settings import current
from garage.documents.statement import render
from garage.domain.errors.base import NotVisible
from garage.domain.permissions import Permission, may
from garage.domain.recovery import Statement
from garage.french import recovery as words
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading
from garage.web.forms.recovery import AccountForm
from garage.web.htmx import form_page


def _scope() -> int | None:
    """The one collectivity whose account this person may read; None is all of them."""
    me = actor()
    if not may(me.role, Permission.PREVIEW_INVOICES) and me.collectivity_id is None:
        raise NotVisible("collectivity", "")
    return me.collectivity_id


def _asked() -> tuple[AccountForm, date, date | None]:
    """The days that the address asks for; today and from the first bill on when it tells none that can be read."""
    form, today = AccountForm(request.args, meta={"csrf": False}), clock.today()
    form.validate()
    if form.au.data is not None and form.au.data > today:
        form.au.errors = ["Choisissez un jour qui n’est pas à venir"]
    on = today if form.au.errors or form.au.data is None else form.au.data
    if form.du.data is not None and form.du.data > on:
        form.du.errors = ["Choisissez un jour avant la fin de la période"]
    if not form.au.raw_data:
        form.au.data = on
    return form, on, None if form.du.errors else form.du.data


def _statement(code: str | None) -> tuple[AccountForm, Statement]:
    form, on, since = _asked()
    own = _scope()
    with reading() as session:
        wanted = code if code is not None else accounts.code_of(session, own or 0)
        body = accounts.collectivity(session, paging.words(wanted), own)
        told = accounts.statement(session, body, on, since, current(session).due_days)
    return form, told


def _page(code: str | None) -> ResponseReturnValue:
    form, told = _statement(code)
    return form_page("recovery/account.html", form, told=told, words=words, own=actor().collectivity_id is not None)


def _pdf(code: str | None) -> ResponseReturnValue:
    form, told = _statement(code)
    if form.errors:
        return _page(code)
    answer = Response(render(told), mimetype="application/pdf")
    name = f"compte_{told.code.lower()}_{told.on.isoformat()}.pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def account(code: str) -> ResponseReturnValue:
    """The account of a collectivity on a day."""
    return _page(code)


@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def account_pdf(code: str) -> ResponseReturnValue:
    """The same as a PDF."""
    return _pdf(code)


@allow(Permission.READ_OWN)
def mine() -> ResponseReturnValue:
    """A collectivity's own account."""
    return _page(None)


@allow(Permission.READ_OWN)
def mine_pdf() -> ResponseReturnValue:
    """The same as a PDF."""
    return _pdf(None)
