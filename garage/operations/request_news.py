"""News of requests by e-mail: one per step, none of a step that was left again within two minutes."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.clock import paris_day
from garage.db.models.mails import Mail
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.models.requests import Request
from garage.db.models.vehicles import Vehicle
from garage.domain.mails import SUPERSEDED
from garage.domain.repair_orders import OrderState
from garage.domain.requests import GOING_ON, STEP_OF, Step
from garage.french import request_mails
from garage.french.formats import registration
from garage.french.request_mails import Told
from garage.operations import mails
from garage.operations.mails import Message

# Long enough to undo, short enough to be news.
QUIET: Final = timedelta(minutes=2)
_NOT_TOLD: Final = frozenset({Step.INVOICED})


def received(session: Session, request: Request, now: datetime) -> None:
    """Tell the requester that it arrived, at once."""
    if request.contact_email:
        text = request_mails.received(_told(session, request))
        key = f"request:{request.id}:received"
        mails.queue(session, Message(key, request.contact_email, text.subject, text.body), now)


def tell(session: Session, order: RepairOrder, state: OrderState, now: datetime) -> None:
    """Tell the requesters of an order its state, and the promised day, when either differs from what they know.

    To be called whenever one of the two changes; what is not said within two minutes is replaced by what follows.
    """
    asked = list(session.scalars(select(Request).where(Request.order_id == order.id).order_by(Request.id)))
    if not asked or STEP_OF[state] in _NOT_TOLD:
        return
    last = select(func.max(OrderStateChange.id)).where(OrderStateChange.order_id == order.id)
    change = session.scalar(last) or 0
    step = STEP_OF[state]
    promised_on = order.promised_on if step in GOING_ON else None
    for request in asked:
        _say(session, request, (step, promised_on), change, now)


def refused(session: Session, request: Request, now: datetime) -> None:
    """Tell the answer of a refusal."""
    _say(session, request, (Step.REFUSED, None), 0, now)


def reopened(session: Session, request: Request, now: datetime) -> None:
    """The head took back what he answered: what was not told stays untold, what was told is corrected."""
    _say(session, request, (Step.ASKED, None), 0, now)


def _say(session: Session, request: Request, news: tuple[Step, date | None], change: int, now: datetime) -> None:
    if not request.contact_email:
        return
    prefix = f"news:{request.id}:"
    mails.supersede(session, prefix)
    told_id, told = _last_told(session, prefix)
    if news == told:
        return
    step, promised_on = news
    about = _told(session, request)
    if step is told[0]:
        text = request_mails.promise(about, promised_on)
    else:
        text = request_mails.step(about, step, promised_on, request.answer if step is Step.REFUSED else None)
    key = f"{prefix}{step}:{promised_on or ''}:{change}:{told_id}"
    mails.queue(session, Message(key, request.contact_email, text.subject, text.body), now, now + QUIET)


def _last_told(session: Session, prefix: str) -> tuple[int, tuple[Step, date | None]]:
    """The last news that went, or that no server would take; before any, the request is only received."""
    gone = func.coalesce(Mail.last_error, "") != SUPERSEDED
    last = select(Mail.id, Mail.key).where(Mail.key.startswith(prefix, autoescape=True), gone)
    latest = func.coalesce(Mail.sent_at, Mail.created_at).desc(), Mail.id.desc()
    row = session.execute(last.order_by(*latest).limit(1)).one_or_none()
    if row is None:
        return 0, (Step.ASKED, None)
    step, day, *_ = row.key.removeprefix(prefix).split(":")
    return row.id, (Step(step), date.fromisoformat(day) if day else None)


def _told(session: Session, request: Request) -> Told:
    vehicle = session.get(Vehicle, request.vehicle_id) if request.vehicle_id is not None else None
    return Told(
        number=request.number,
        received_on=paris_day(request.created_at),
        thing=_thing(vehicle) if vehicle else request.object_label or "",
        token=request.follow_token,
        vehicle=vehicle is not None,
    )


def _thing(vehicle: Vehicle) -> str:
    model = " ".join(word for word in (vehicle.make, vehicle.model) if word) or vehicle.fleet_number
    return f"{model}, {registration(vehicle.registration)}" if vehicle.registration else model
