"""The head's check: one order on one page with the reason of each price, one click to the next; or several at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_check as queries
from garage.db.queries import repair_orders as orders
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.invoices.pricing import Anomaly, PricedLine
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, OrderState, check_transition
from garage.french import formats, prices
from garage.french.refusals import lacks, sentence
from garage.operations import line_prices, order_engagements, repair_orders
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.orders import CheckForm
from garage.web.htmx import form_page
from garage.web.notices import done

_MOST = 100


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the order, its price or why it has none, and the steps that lead to it."""

    line: AnyRow
    price: PricedLine | None
    why: list[str]


@allow(Permission.CHECK_ORDERS)
def check(number: str) -> ResponseReturnValue:
    """The head reads what was done, gives the closing day, and goes on to the next order."""
    with reading() as session:
        order = orders.order(session, number)
        page = _page(session, order)
        form = _check_form(order, page["lines"])
    if form.validate_on_submit():
        try:
            return redirect(_checked(number, form), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_transition(order.state, OrderState.DONE, role=person().role, reason=None)
    return form_page("orders/check.html", form, order=order, basis=options().cost_basis, **page)


def _page(session: Session, order: AnyRow) -> dict[str, Any]:
    priced = line_prices.of_order(session, order.id)
    lines = orders.lines(session, order.id)
    missing = repair_orders.missing(session, session.get_one(RepairOrder, order.id))
    return {
        "lines": lines,
        "labour": [shown(line, priced) for line in lines if line.nature is LineNature.LABOUR],
        "goods": [shown(line, priced) for line in lines if line.nature is not LineNature.LABOUR],
        "net": priced.net,
        "blocked": bool(priced.anomalies),
        "missing": [(one, lacks(one.code)) for one in missing],
        "works": queries.works(session, order.id),
        "place": queries.place_to_check(session, order.number),
    }


def shown(line: AnyRow, priced: line_prices.OrderPrices) -> ShownLine:
    """A line with its price explained."""
    found = priced.lines[line.rank]
    return ShownLine(line, None if isinstance(found, Anomaly) else found, prices.why(found))


def _check_form(order: AnyRow, lines: Any) -> CheckForm:
    """The closing day is that of the last work, until another one is chosen."""
    last = max((line.done_on for line in lines), default=order.opened_on)
    days = {max(last, order.opened_on): "Dernier jour de travail"} | {clock.today(): "Aujourd’hui"}
    offered = [(day, f"{text} ({formats.day(day)})") for day, text in days.items()]
    return CheckForm(data={"version": order.version}, offered=offered)


def _checked(number: str, form: CheckForm) -> str:
    """Check the order as it was read; the address of the next one, or of the list."""
    with transaction() as session:
        repair_orders.locked(session, number, form.version.data)
        order_engagements.complete(session, number, form.engagement.data or "", actor(), clock.now())
        repair_orders.check(session, number, form.day, actor(), clock.now(), clock.today())
        following = orders.next_to_check(session, number)
    done(f"Ordre {number} terminé")
    if following:
        return url_for("orders.check", number=following)
    done("Plus aucun ordre à contrôler")
    return url_for("orders.index")


@allow(Permission.CHECK_ORDERS)
def check_several() -> ResponseReturnValue:
    """Check the ticked orders, each closed on its last day of work; those that lack something stay, and are named."""
    return _several(_check_one, ("1 ordre terminé", "ordres terminés"))


@allow(Permission.CHECK_ORDERS)
def send_back_several() -> ResponseReturnValue:
    """Send the ticked orders back to the workshop."""
    return _several(_send_back, ("1 ordre renvoyé à l’atelier", "ordres renvoyés à l’atelier"))


def _several(act: Callable[[Session, str], None], words: tuple[str, str]) -> ResponseReturnValue:
    """Each order in a transaction of its own: what is refused for one keeps no other."""
    done_so_far, refused = 0, []
    for number in request.form.getlist("ordre")[:_MOST]:
        try:
            with transaction() as session:
                act(session, number)
            done_so_far += 1
        except GarageError as refusal:
            refused.append(f"{number}\u00a0: {sentence(refusal)}")
    if done_so_far:
        done(words[0] if done_so_far == 1 else f"{done_so_far} {words[1]}")
    for text in refused or ([] if done_so_far else ["Cochez au moins un ordre."]):
        done(text)
    return redirect(url_for("orders.index", etat="a-controler", choisir="1"), 303)


def _check_one(session: Session, number: str) -> None:
    order = repair_orders.locked(session, number)
    last = max((work.done_on for work in repair_orders.works_of(session, order.id)), default=order.opened_on)
    repair_orders.check(session, number, max(last, order.opened_on), actor(), clock.now(), clock.today())


def _send_back(session: Session, number: str) -> None:
    repair_orders.change_state(session, number, OrderState.IN_PROGRESS, actor(), clock.now())
