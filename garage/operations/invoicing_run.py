"""The quarter: previewed without writing, issued bill by bill, each in its own transaction (rules B1 to B7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from garage.db.queries import billing
from garage.db.queries.billing import Group
from garage.db.queries.tariffs import published_grids
from garage.db.session import Database
from garage.domain.errors.invoices import IssuerIncomplete, NoIssuer
from garage.domain.invoices import einvoice
from garage.domain.invoices.bill import SERIES, BillKind
from garage.domain.invoices.composition import (
    BillingRules,
    Composition,
    DraftBill,
    anomaly_place,
    compose,
)
from garage.domain.invoices.numbering import check_after_last, check_issue_day, check_quarter
from garage.domain.invoices.pricing import Anomaly
from garage.domain.periods import Quarter
from garage.domain.tariffs import Grid
from garage.operations.invoices import Issuing, issue, party


class Watch:
    """What is told while a run goes on; does nothing unless a caller says otherwise."""

    def issued(self, invoice_id: int) -> None:
        """A bill is committed."""

    def progress(self, done: int, total: int) -> None:
        """So many groups of orders out of so many are through."""


@dataclass(slots=True)
class QuarterRun:
    """What one run issued (ids in number order), what it carried forward and what it left out."""

    invoice_ids: list[int] = field(default_factory=list)
    carried: list[DraftBill] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)

    def leave(self, composition: Composition) -> None:
        """Note what a group of orders left behind."""
        self.carried += composition.carried
        self.anomalies += composition.anomalies

    def sort(self) -> None:
        """Invoices before internal statements, anomalies by order, rank, code."""
        self.carried.sort(key=lambda draft: SERIES[draft.kind])
        self.anomalies.sort(key=anomaly_place)


def preview(session: Session, quarter: Quarter, rules: BillingRules) -> Iterator[Composition]:
    """What `issue_quarter` would make now, group by group in number order, invoices first. Writes nothing (B6)."""
    grids = published_grids(session)
    groups = billing.ready_groups(session, quarter.last_day)
    for group in sorted(groups, key=lambda one: one.is_issuer and not rules.issuer_invoices):
        order_ids = billing.ready_order_ids(session, group, quarter.last_day, lock=False)
        yield _compose(session, group, order_ids, grids, (quarter, rules))


def _compose(
    session: Session,
    group: Group,
    order_ids: Sequence[int],
    grids: tuple[Grid, ...],
    terms: tuple[Quarter, BillingRules],
) -> Composition:
    orders = billing.ready_orders(session, order_ids)
    return compose(billing.debtor(session, group.debtor_id), orders, grids, *terms)


def check_issuable(session: Session, quarter: Quarter, issued_on: date, today: date, rules: BillingRules) -> None:
    """Refuse a run before it gives any number (rule B3).

    Raises QuarterNotFinished, IssuedInFuture, IssuedInQuarter, IssuedBeforeLast, NoIssuer, IssuerIncomplete.
    """
    check_quarter(quarter, today)
    check_issue_day(issued_on, quarter, today)
    issuer = billing.issuer(session)
    if issuer is None:
        raise NoIssuer
    for fault in einvoice.party_faults(party(issuer)):
        raise IssuerIncomplete(issuer.name, fault)
    kinds = [BillKind.INVOICE] if rules.issuer_invoices else [BillKind.INVOICE, BillKind.INTERNAL_STATEMENT]
    for kind in kinds:
        check_after_last(issued_on, billing.last_issue_day(session, SERIES[kind]), SERIES[kind])


def issue_quarter(
    database: Database,
    issuing: Issuing,
    rules: BillingRules,
    today: date,
    watch: Watch | None = None,
) -> QuarterRun:
    """Issue the bills of a finished quarter, one transaction each; `watch` is told after each commit.

    It looks at what is left to bill, not at what was done before: repeated, interrupted or started twice at once,
    the same bills come out, in the order of rule B3, without gap (rule B7). Raises what check_issuable raises.
    """
    with database.reading() as session:
        check_issuable(session, issuing.quarter, issuing.issued_on, today, rules)
        groups = billing.ready_groups(session, issuing.quarter.last_day)
    run, watch = QuarterRun(), watch or Watch()
    for done, group in enumerate(groups):
        watch.progress(done, len(groups))
        for invoice_id in _issue_group(database, group, issuing, rules, run):
            run.invoice_ids.append(invoice_id)
            watch.issued(invoice_id)
    watch.progress(len(groups), len(groups))
    run.sort()
    return run


def _issue_group(
    database: Database, group: Group, issuing: Issuing, rules: BillingRules, run: QuarterRun
) -> Iterator[int]:
    """Bills of one group, one transaction each, computed afresh under the lock of its orders (rule B7)."""
    more = True
    while more:
        with database.transaction() as session:
            billing.hold(session, group.debtor_id)
            order_ids = billing.ready_order_ids(session, group, issuing.quarter.last_day, lock=True)
            grids = published_grids(session)
            composition = _compose(session, group, order_ids, grids, (issuing.quarter, rules))
            invoice_id = issue(session, composition.bills[0], issuing) if composition.bills else None
        more = len(composition.bills) > 1
        if not more:
            run.leave(composition)
        if invoice_id is not None:
            yield invoice_id
