"""Entries that move an order: it is blocked, waits, goes on, is promised, is finished."""

from datetime import date
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from garage.domain.errors.base import NotFound
from garage.domain.repair_orders import OrderState
from garage.french.formats import day
from garage.french.labels import label
from garage.operations import order_finishing, order_states
from garage.operations.order_finishing import Ending
from garage.operations.order_states import Before
from garage.web.entries.kinds import Done, EntryKind, Sent
from garage.web.entries.order_records import by, order_of, order_page, reading
from garage.web.forms.records import BackEntry, BlockEntry, FinishEntry, OrderEntry, PromiseEntry, WaitEntry

S = OrderState


def _moved(form: OrderEntry, text: str, now: OrderState, before: Before) -> Done:
    """What is said of a change of state; nothing to undo where nothing changed."""
    if before.state is now:
        return Done(text)
    values = {"ordre": order_of(form), "etat": now.value, "avant": _iso(before.expected_on)}
    return Done(text, undo=("revenir-etat", values))


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _block(session: Session, sent: Sent, form: BlockEntry) -> Done:
    before = order_states.move(session, order_of(form), S.BLOCKED, by(sent), form.reason.data)
    return _moved(form, f"Ordre {order_of(form)} bloqué", S.BLOCKED, before)


def _wait_part(session: Session, sent: Sent, form: WaitEntry) -> Done:
    order, expected = order_of(form), form.on.data
    before = order_states.wait_for_part(session, order, by(sent), form.reason.data, expected)
    text = f"Ordre {order} en attente de pièce" + (f", prévue le {day(expected)}" if expected else "")
    if before.state is S.WAITING_PART:
        return Done(text, undo=("attendre-piece", {"ordre": order, "on": _iso(before.expected_on)}))
    return _moved(form, text, S.WAITING_PART, before)


def _wait_agreement(session: Session, sent: Sent, form: BlockEntry) -> Done:
    before = order_states.move(session, order_of(form), S.WAITING_AGREEMENT, by(sent), form.reason.data)
    return _moved(form, f"Ordre {order_of(form)} en attente d’accord", S.WAITING_AGREEMENT, before)


def _resume(session: Session, sent: Sent, form: OrderEntry) -> Done:
    before = order_states.move(session, order_of(form), S.IN_PROGRESS, by(sent))
    return _moved(form, f"Ordre {order_of(form)} repris", S.IN_PROGRESS, before)


def _back(session: Session, sent: Sent, form: BackEntry) -> Done:
    if form.etat.data not in set(S):
        raise NotFound("order", order_of(form))
    seen, expected = OrderState(form.etat.data), _day(form.avant.data)
    state = order_states.take_back(session, order_of(form), seen, expected, by(sent))
    return Done(f"Ordre {order_of(form)}\u00a0: {label(state).lower()} de nouveau")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _promise(session: Session, sent: Sent, form: PromiseEntry) -> Done:
    order, wanted = order_of(form), form.on.data
    before = order_states.promise(session, order, wanted, form.vu.data, by(sent))
    text = f"Ordre {order} promis pour le {day(wanted)}" if wanted else f"Ordre {order}\u00a0: plus de date promise"
    if before == wanted:
        return Done(text)
    return Done(text, undo=("promettre", {"ordre": order, "on": _iso(before), "vu": _iso(wanted)}))


def _finish(session: Session, sent: Sent, form: FinishEntry) -> Done:
    order = order_of(form)
    order_finishing.finish(session, order, Ending(form.works.data, reading(sent, form)), by(sent))
    return Done(f"Ordre {order} terminé, à contrôler", to=url_for("orders.show", number=order))


KINDS: Final = (
    EntryKind("bloquer", "Bloquer l’ordre", BlockEntry, _block, order_of, order_page),
    EntryKind("attendre-piece", "Attendre une pièce", WaitEntry, _wait_part, order_of, order_page),
    EntryKind("attendre-accord", "Attendre un accord", BlockEntry, _wait_agreement, order_of, order_page),
    EntryKind("reprendre", "Reprendre le travail", OrderEntry, _resume, order_of, order_page),
    EntryKind("revenir-etat", "Revenir à l’état d’avant", BackEntry, _back, order_of, order_page),
    EntryKind("promettre", "Date promise", PromiseEntry, _promise, order_of, order_page),
    EntryKind("terminer", "Terminer l’ordre", FinishEntry, _finish, order_of, order_page),
)
