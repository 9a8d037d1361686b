"""Issues one bill: number, frozen rows, billed lines, all in the caller's transaction (rules B3, B7, B8)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, InvoiceVat, LiveBilling
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.queries import billing
from garage.domain.collectivities import VatRegime
from garage.domain.errors.invoices import NoIssuer
from garage.domain.invoices.bill import (
    SERIES,
    BilledNature,
    BillFormat,
    BillKind,
    ConventionCited,
    GridCited,
    Note,
    Party,
    Payment,
    VatShare,
)
from garage.domain.invoices.composition import DraftBill, PricedOrder, StructureFee
from garage.domain.invoices.pricing import PricedLine
from garage.domain.money import round_half_up
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderState
from garage.domain.settings import BillingSettings
from garage.french.question_words import closed_by_bill
from garage.operations import journal, questions
from garage.operations.numbering import next_bill_number

# Tables, not entities: the ORM's bulk insert leaves a NULL out of its statement and sends one for each set of columns.
_ORDERS, _LINES, _SHARES, _LIVE, _CHANGES = (
    cast(Table, entity.__table__) for entity in (InvoiceOrder, InvoiceLine, InvoiceVat, LiveBilling, OrderStateChange)
)


@dataclass(frozen=True, slots=True)
class Issuing:
    """What every bill of one run shares: the quarter, the day it bears, who issues it, the text in force."""

    quarter: Quarter
    issued_on: date
    now: datetime
    actor: Actor
    run_id: int | None = None
    settings: BillingSettings = field(default_factory=BillingSettings)


def issue(session: Session, draft: DraftBill, issuing: Issuing) -> int:
    """Number a computed bill and freeze it; its orders must be locked by the caller. Returns the bill's id.

    Raises IssuedBeforeLast when the series already has a later day, OtherPattern, SeriesFull, NoIssuer.
    """
    series = SERIES[draft.kind]
    sequence, name = next_bill_number(session, series, issuing.issued_on)
    invoice_id = _freeze(session, draft, issuing, (series, sequence, name))
    _close_orders(session, draft, issuing)
    ordered = [one.order.id for one in draft.orders]
    questions.close_for(session, ordered, closed_by_bill(name), issuing.actor, issuing.now)
    journal.record(
        session,
        issuing.actor,
        "invoice.issue",
        ("invoices", name),
        data={
            "kind": draft.kind.value,
            "quarter": str(issuing.quarter),
            "collectivity": draft.debtor.code,
            "gross": str(draft.gross),
        },
        now=issuing.now,
    )
    return invoice_id


def _freeze(session: Session, draft: DraftBill, issuing: Issuing, named: tuple[str, int, str]) -> int:
    addressee = session.get_one(Collectivity, draft.debtor.id)
    statement = insert(Invoice).values(
        **head(session, issuing, draft.kind, named),
        collectivity_id=draft.debtor.id,
        regime=draft.regime,
        engagement=draft.engagement,
        code_service=addressee.code_service,
        third_party_code=addressee.third_party_code,
        addressee=asdict(party(addressee)),
        conventions=[_plain(asdict(cited)) for cited in conventions_cited(draft)],
        grids=[_plain(asdict(cited)) for cited in grids_cited(draft)],
        net=draft.net,
        vat=draft.vat,
        gross=draft.gross,
        mention=mention(issuing.settings, draft.regime),
    )
    invoice_id = session.execute(statement.returning(Invoice.id)).scalar_one()
    orders = [_order_row(one, issuing.quarter) for one in draft.orders]
    rows = [(place, _line_row(line)) for place, one in enumerate(draft.orders, 1) for line in one.lines]
    freeze_rows(session, invoice_id, orders, [*rows, *((None, _fee_row(fee)) for fee in draft.fees)], draft.vat_shares)
    session.execute(insert(_LIVE), [{"order_line_id": line.work.id, "invoice_id": invoice_id} for line in draft.lines])
    return invoice_id


def head(session: Session, issuing: Issuing, kind: BillKind, named: tuple[str, int, str]) -> dict[str, Any]:
    """What every bill says of its number, day, issuer, payment and legal notes. Raises NoIssuer."""
    series, sequence, name = named
    settings, issuer = issuing.settings, billing.issuer(session)
    if issuer is None:
        raise NoIssuer
    return {
        "kind": kind,
        "series": series,
        "year": issuing.issued_on.year,
        "sequence": sequence,
        "number": name,
        "issued_on": issuing.issued_on,
        "quarter": str(issuing.quarter),
        "issuer": asdict(issuing_party(issuer, settings)),
        "late_payment_text": settings.late_payment_text or None,
        "format": BillFormat.FACTURX,
        "payment": asdict(payment(settings)),
        "notes": [[note.code, note.text] for note in notes(settings)],
        "issued_at": issuing.now,
        "issued_by_id": issuing.actor.id,
        "run_id": issuing.run_id,
    }


def freeze_rows(
    session: Session,
    invoice_id: int,
    orders: Sequence[dict[str, Any]],
    lines: Sequence[tuple[int | None, dict[str, Any]]],
    shares: Iterable[VatShare],
) -> None:
    """Write the orders, lines and VAT of a bill in their order; a line names its order by place, a fee has none."""
    written = insert(_ORDERS).returning(InvoiceOrder.position, InvoiceOrder.id)
    placed = [row | {"invoice_id": invoice_id, "position": place} for place, row in enumerate(orders, 1)]
    order_ids = {row.position: row.id for row in session.execute(written, placed)}
    rows = [
        row | {"invoice_id": invoice_id, "position": position, "invoice_order_id": order_ids.get(place or 0)}
        for position, (place, row) in enumerate(lines, 1)
    ]
    session.execute(insert(_LINES), rows)
    session.execute(insert(_SHARES), [{"invoice_id": invoice_id} | asdict(share) for share in shares])


def _order_row(one: PricedOrder, quarter: Quarter) -> dict[str, Any]:
    order, first, freed = one.order, one.complement_of, one.freed_by
    late = order.late_quarter(quarter)
    return {
        "order_id": order.id,
        "number": order.number,
        "opened_on": order.opened_on,
        "closed_on": order.closed_on,
        "fleet_number": order.fleet_number,
        "registration": order.registration,
        "vehicle_label": order.vehicle_label,
        "object_label": order.object_label,
        "meter": order.meter,
        "meter_unit": order.meter_unit,
        "requester": order.requester,
        "service": order.service,
        "reason": order.reason,
        "late_quarter": str(late) if late else None,
        "complement_of_id": first.id if first else None,
        "lines_until_id": order.last_line_id,
        "freed_by_id": freed.credit_note_id if freed else None,
    }


def _line_row(line: PricedLine) -> dict[str, Any]:
    work = line.work
    return _origin(line) | {
        "order_line_id": work.id,
        "rank": work.rank,
        "done_on": work.done_on,
        "nature": line.nature,
        "code": line.code,
        "label": line.label,
        "minutes": work.minutes,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price,
        "net": line.net,
        "vat_rate": line.vat_rate,
        "cost": work.cost,
        "percent": round_half_up(line.percent, 2) if line.percent is not None else None,
        "article": line.article,
        "supplier": work.supplier,
        "supplier_invoice": work.supplier_invoice,
        "non_billable_reason": work.non_billable_reason,
    }


def _fee_row(fee: StructureFee) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("order_line_id", "rank", "done_on", "minutes", "cost", "supplier", "supplier_invoice", "non_billable_reason")
    )  # fmt: skip
    return empty | _origin(fee) | {
        "nature": BilledNature.STRUCTURE,
        "code": fee.tariff.code,
        "label": fee.tariff.label,
        "quantity": fee.base,
        "unit": "%",
        "unit_price": fee.percent,
        "net": fee.net,
        "vat_rate": fee.vat_rate,
        "percent": round_half_up(fee.percent, 2),
        "article": fee.tariff.article,
    }  # fmt: skip


def _origin(priced: PricedLine | StructureFee) -> dict[str, Any]:
    """Grid, convention and category: what answers «why this price?» (rule T4)."""
    return {
        "grid_id": priced.grid.id,
        "grid": priced.grid.name,
        "grid_starts_on": priced.grid.starts_on,
        "convention_id": priced.terms.id,
        "convention_starts_on": priced.terms.starts_on,
        "category": priced.terms.category,
    }


def _close_orders(session: Session, draft: DraftBill, issuing: Issuing) -> None:
    """Orders whose lines are all billed are invoiced; the others wait for their rest (rules O2, B2)."""
    touched = [one.order.id for one in draft.orders]
    left = set(billing.orders_left(session, touched))
    whole = [order_id for order_id in touched if order_id not in left]
    if not whole:
        return
    session.execute(
        update(RepairOrder)
        .where(RepairOrder.id.in_(whole))
        .values(state=OrderState.INVOICED, version=RepairOrder.version + 1),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        insert(_CHANGES),
        [
            {"order_id": order_id, "state": OrderState.INVOICED, "at": issuing.now, "actor_id": issuing.actor.id}
            for order_id in whole
        ],
    )


def party(row: Collectivity) -> Party:
    """A collectivity as it is printed today (rule C1)."""
    return Party(row.code, row.name, row.address, row.postal_code, row.city, row.siren, row.siret)


def issuing_party(row: Collectivity, settings: BillingSettings) -> Party:
    """The issuer as it is printed today, with its VAT number."""
    return replace(party(row), vat_number=settings.vat_number or None)


def mention(settings: BillingSettings, regime: VatRegime) -> str | None:
    """What is printed instead of VAT, in the words of accounting (rule M6); None when VAT is due."""
    mentions = {VatRegime.OUT_OF_SCOPE: settings.mention_out_of_scope, VatRegime.EXEMPT: settings.mention_exempt}
    return mentions.get(regime)


def payment(settings: BillingSettings) -> Payment:
    """How bills are to be paid from now on."""
    return Payment(settings.payment_terms, settings.iban or None, settings.bic or None, settings.account_holder or None)


def notes(settings: BillingSettings) -> tuple[Note, ...]:
    """The three legal notes, each exactly once."""
    texts = (("PMT", settings.note_pmt), ("PMD", settings.note_pmd), ("AAB", settings.note_aab))
    return tuple(Note(code, text) for code, text in texts)


def conventions_cited(draft: DraftBill) -> Iterable[ConventionCited]:
    """The conventions the bill's lines rest on, by first day; the issuer's own default is none."""
    terms = {line.terms.starts_on: line.terms for line in draft.lines if line.terms.id is not None}
    return [
        ConventionCited(one.reference, one.legal_basis, one.signed_on, one.starts_on, one.category)
        for _, one in sorted(terms.items())
    ]


def grids_cited(draft: DraftBill) -> Iterable[GridCited]:
    """The grids the bill's lines rest on, by first day."""
    grids = {line.grid.starts_on: line.grid for line in draft.lines}
    return [GridCited(g.name, g.starts_on, g.deliberation, g.deliberated_on) for _, g in sorted(grids.items())]


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part.isoformat() if isinstance(part, date) else part for key, part in value.items()}
