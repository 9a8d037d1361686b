"""Sums carried forward: since when, which orders, why; released by hand, and taken back while no bill bears them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import billing, invoices, settings
from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import BillKind
from garage.domain.invoices.composition import BillingRules, DraftBill
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import formats
from garage.operations import invoicing_run, repair_orders
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, rules, transaction
from garage.web.notices import done

blueprint = Blueprint("carried", __name__, url_prefix="/sommes-reportees")
_ROWS = 100
_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sum that waits or that was released: its orders, the day the first was finished, euros with VAT.

    `free` when nothing in it is billable: its orders may be settled without a bill (rule B4).
    """

    code: str
    name: str
    kind: BillKind
    engagement: str | None
    regime: VatRegime
    orders: tuple[str, ...]
    since: date
    gross: Decimal
    free: bool

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.since)

    @property
    def numbers(self) -> str:
        """Its orders as a form sends them."""
        return _BETWEEN.join(self.orders)


@dataclass(slots=True)
class Sums:
    """Every sum carried forward, those released and not billed yet, and what the internal statements come to."""

    waiting: list[Waiting]
    released: list[Waiting]
    internal: list[Waiting]

    @property
    def total(self) -> Decimal:
        return sum((one.gross for one in self.waiting), ZERO)


def sums(session: Session, today: date, decided: BillingRules) -> Sums:
    """What a run would carry forward if it took every order finished by today (rule B4)."""
    names = invoices.names(session)
    made = Sums([], [], [])
    for composition in invoicing_run.preview(session, Quarter.of(today), decided):
        made.waiting += [_waiting(draft, names) for draft in composition.carried]
        made.released += _released(composition.bills, names, decided)
        made.internal += [_waiting(one, names) for one in composition.bills if one.kind is BillKind.INTERNAL_STATEMENT]
    return made


def _released(bills: tuple[DraftBill, ...], names: dict[str, str], decided: BillingRules) -> Iterator[Waiting]:
    for draft in bills:
        waived = tuple(one.order.number for one in draft.orders if one.order.floor_waived)
        if waived and draft.kind is BillKind.INVOICE and draft.gross < decided.floor:
            yield _waiting(draft, names, waived)


def _waiting(draft: DraftBill, names: dict[str, str], orders: tuple[str, ...] = ()) -> Waiting:
    return Waiting(
        draft.debtor.code,
        names[draft.debtor.code],
        draft.kind,
        draft.engagement,
        draft.regime,
        orders or tuple(one.order.number for one in draft.orders),
        min(one.order.closed_on for one in draft.orders),
        draft.gross,
        all(line.work.non_billable_reason for line in draft.lines),
    )


@blueprint.get("")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Every sum carried forward, and what can be decided about it."""
    today = clock.today()
    with reading() as session:
        found, decided = sums(session, today, rules(session)), settings.current(session)
        issuer = billing.issuer(session)
        return render_template(
            "invoicing/carried.html",
            sums=found,
            waiting=found.waiting[:_ROWS],
            decided=decided,
            issuer=issuer.name if issuer else None,
            quarter=Quarter.of(today),
        )


@blueprint.post("/liberer")
@allow(Permission.ISSUE_INVOICES)
def release() -> ResponseReturnValue:
    """Release a sum: the next run bills it, below the floor though it is (rule B4)."""
    number = paging.words(request.form.get("ordre"))
    with transaction() as session:
        repair_orders.waive_floor(session, number, actor(), clock.now())
    done(f"Somme libérée{formats.NBSP}: le prochain passage la facturera", undo=url_for("carried.hold", ordres=number))
    return redirect(url_for("carried.index"), 303)


@blueprint.post("/retenir")
@allow(Permission.ISSUE_INVOICES)
def hold() -> ResponseReturnValue:
    """Take a release back while no bill bears the sum."""
    numbers = [paging.words(one) for one in request.values.get("ordres", "").split(_BETWEEN)]
    with transaction() as session:
        for number in sorted(set(numbers)):
            repair_orders.hold_floor(session, number, actor(), clock.now())
    done("Somme de nouveau reportée")
    return redirect(url_for("carried.index"), 303)
