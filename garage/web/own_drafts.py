"""A collectivity's own quarter before its bill: what would be billed now, what waits for an answer. Writes nothing."""

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from garage.db.queries import billing
from garage.db.queries.settings import current
from garage.db.queries.tariffs import published_grids
from garage.domain.collectivities import VatRegime
from garage.domain.errors.base import NotFound
from garage.domain.invoices.composition import BillingRules, DraftBill, compose
from garage.domain.invoices.pricing import Anomaly
from garage.domain.periods import Quarter
from garage.domain.questions import open_window, window_end


@dataclass(frozen=True, slots=True)
class Shown:
    """The quarter that collectivities see now; `until` is the last day to ask, None while it still runs."""

    quarter: Quarter
    until: date | None


def shown(session: Session, today: date) -> Shown | None:
    """The quarter open to questions, else the running one so far; None where the garage opened no window."""
    days = current(session).question_days
    if days <= 0:
        return None
    asked = open_window(today, days)
    return Shown(asked, window_end(asked, days)) if asked is not None else Shown(Quarter.of(today), None)


@dataclass(slots=True)
class Own:
    """What a quarter gives one collectivity now; `waiting` are the orders that a question keeps out, priced alike."""

    bills: list[DraftBill] = field(default_factory=list)
    carried: list[DraftBill] = field(default_factory=list)
    waiting: list[DraftBill] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)

    @property
    def every(self) -> list[DraftBill]:
        """All that can be read line by line."""
        return [*self.bills, *self.carried, *self.waiting]

    @property
    def order_ids(self) -> list[int]:
        """The orders in it."""
        return sorted({one.order.id for draft in self.every for one in draft.orders})

    def label(self, number: str, rank: int) -> str | None:
        """The words of a line by its order and rank; None when it is not there."""
        orders = (one for draft in self.every for one in draft.orders if one.order.number == number)
        return next((line.label for one in orders for line in one.lines if line.work.rank == rank), None)


def own(session: Session, quarter: Quarter, rules: BillingRules, collectivity_id: int | None) -> Own:
    """Compute a collectivity's quarter: the amounts that the run would issue now, without a number (rule B6)."""
    made, grids = Own(), published_grids(session)
    for group in billing.ready_groups(session, quarter.last_day):
        if group.debtor_id != collectivity_id:
            continue
        debtor = billing.debtor(session, group.debtor_id)
        ids = billing.ready_order_ids(session, group, quarter.last_day, lock=False)
        orders = billing.ready_orders(session, ids)
        free = compose(debtor, [one for one in orders if not one.questioned], grids, quarter, rules)
        asked = [replace(one, questioned=False) for one in orders if one.questioned]
        held = compose(debtor, asked, grids, quarter, rules)
        made.bills += free.bills
        made.carried += free.carried
        made.waiting += [*held.bills, *held.carried]
        made.anomalies += [*free.anomalies, *held.anomalies]
    return made


def chosen(drafts: list[DraftBill], engagement: str | None, regime: str | None) -> DraftBill:
    """One of several computed bills, by engagement and regime. Raises NotFound."""
    for draft in drafts:
        if draft.engagement == engagement and (regime is None or draft.regime == VatRegime(regime)):
            return draft
    raise NotFound("invoice", engagement or "")
