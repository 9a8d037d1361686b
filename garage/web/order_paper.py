"""Repair orders on paper: one A4 each."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_check
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.documents.order_sheet import OrderSheet, SheetLine, SheetWork, render
from garage.domain.order_works import WorkState
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OPEN_STATES, LineNature
from garage.french import formats
from garage.french.labels import label
from garage.web.access import allow
from garage.web.context import options, reading

_MOST = 100


@allow(Permission.READ_ORDERS)
def paper(number: str) -> ResponseReturnValue:
    """One order on one A4."""
    return _printed([number])


@allow(Permission.READ_ORDERS)
def papers() -> ResponseReturnValue:
    """The orders that the address names (`ordre`, several times), one A4 each."""
    numbers = request.args.getlist("ordre")[:_MOST]
    if not numbers:
        abort(400)
    return _printed(numbers)


def _printed(numbers: list[str]) -> Response:
    with reading() as session:
        content = render([_sheet(session, number) for number in numbers])
    answer = Response(content, mimetype="application/pdf")
    name = numbers[0].replace("/", "-") if len(numbers) == 1 and numbers[0].isascii() else "ordres"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def _sheet(session: Session, number: str) -> OrderSheet:
    order = queries.order(session, number)
    lines = queries.lines(session, order.id)
    works = [work for work in order_check.works(session, order.id) if work.state is not WorkState.DROPPED]
    site = options().public_url or request.url_root.rstrip("/")
    return OrderSheet(
        garage=options().site_name,
        number=order.number,
        subject=order.object_label or " ".join(filter(None, (order.make, order.model))) or order.fleet_number,
        plate=formats.registration(order.registration) if order.registration else None,
        facts=_facts(order),
        reason=order.reason or "",
        works=[SheetWork(work.label, _expected(work), work.state is WorkState.DONE) for work in works],
        lines=[_line(line) for line in lines],
        total=formats.hours(sum(line.minutes or 0 for line in lines)),
        address=f"{site}/q/{order.tag}",
        printed_on=formats.day(clock.today()),
        open=order.state in OPEN_STATES,
    )


def _expected(work: AnyRow) -> str:
    return f"prévu {formats.hours(work.standard_minutes)}" if work.standard_minutes else ""


def _facts(order: AnyRow) -> list[tuple[str, str]]:
    meter = f"{formats.count(order.meter)} {label(order.meter_unit)}" if order.meter is not None else None
    facts = [
        ("Collectivité", order.collectivity),
        ("Parc", order.fleet_number),
        ("État", label(order.state)),
        ("Nature", label(order.kind)),
        ("Ouvert le", formats.day(order.opened_on)),
        ("Promis le", formats.day(order.promised_on) if order.promised_on else None),
        ("Compteur", meter or ("…………………" if order.vehicle_id else None)),
        ("Demandeur", order.requester),
        ("Service", order.service),
        ("Engagement", order.engagement),
    ]
    return [(term, str(value)) for term, value in facts if value]


def _line(line: AnyRow) -> SheetLine:
    if line.minutes is not None:
        words = " – ".join(filter(None, (line.tariff_label or line.code, line.label)))
        detail = ", ".join(filter(None, (formats.day(line.done_on), line.mechanic)))
        return SheetLine(words, detail, formats.hours(line.minutes))
    amount = f"{formats.quantity(line.quantity)} {line.unit or line.tariff_unit or ''}".strip()
    if line.nature is LineNature.PART:
        return SheetLine(line.label or line.part_label, f"réf. {line.reference}", amount)
    words = line.label or line.tariff_label or line.code or "Travail externe"
    return SheetLine(words, line.supplier or formats.day(line.done_on), amount)
