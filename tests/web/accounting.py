"""A garage with work to bill, put into a test's site; used by the tests of the accounting, commune and admin pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage.archive import Archive
from garage.db.models.collectivities import Collectivity
from garage.db.models.job_runs import JobRun
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.jobs import worker
from garage.jobs.context import JobContext
from garage.operations import order_lines, repair_orders
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from garage.operations.printing import Press
from garage.web.options import WebOptions
from tests.factories import garage as make

from .harness import Site, email_of

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
QUARTER = "2026-T3"


@dataclass
class Shop:
    """A site whose garage has work, and where its PDFs go."""

    site: Site
    folder: Path
    garage: make.Garage

    @property
    def context(self) -> JobContext:
        """What the jobs of this garage work with."""
        return JobContext(Press(self.site.database, Archive(self.folder)))

    def run(self, run_id: int) -> None:
        """Do an asked run, as the process that `launch` starts does."""
        worker.run_asked(self.context, run_id)

    def issue(self) -> None:
        """Issue the third quarter of 2026 through the pages."""
        client = self.site.client(Role.ACCOUNTING)
        seen = seen_of(client.get(f"/facturation/{QUARTER}/emettre").text)
        answer = client.post(f"/facturation/{QUARTER}/emettre", data={"on": "12/10/2026", "seen": seen})
        assert answer.status_code == 303, answer.text


def seen_of(page: str) -> str:
    """The mark of the figures in the check page."""
    return page.split('name="seen" type="hidden" value="')[1].split('"', maxsplit=1)[0]


def shop(make_site: Callable[..., Site], folder: Path, *, launches: bool = True) -> Shop:
    """A site with `fill` in it; asked runs are done at once when `launches`."""
    made: list[Shop] = []
    options = WebOptions(
        secure_cookies=False,
        archive=Archive(folder),
        launch=lambda run_id: made[0].run(run_id) if launches else None,
    )
    site = make_site(options)
    with site.database.transaction() as session:
        made.append(Shop(site, folder, fill(session)))
    return made[0]


def fill(session: Session) -> make.Garage:
    """Two quarters of work: bills, an internal statement, a sum below the floor, an anomaly, orders under way."""
    garage = _garage(session)
    for owner in (garage.founder, garage.partner, garage.taxed, garage.issuer):
        order = make.order(
            session, owner, vehicle_id=garage.vehicles[owner.code].id, meter=84310, reason="Entretien annuel"
        )
        make.labour(session, order, 190)
        order_lines.add_part(session, make.entry(order), garage.parts["P1"].id, make.Decimal("2"))
        make.check(session, order)
    engaged = make.order(session, garage.partner, engagement="EJ-2026-7", object_label="Portail de la déchèterie")
    make.labour(session, engaged, 60)
    make.check(session, engaged)
    small = make.collectivity(session, "PETITE", name="Petite-Commune")
    make.convention(session, small)
    little = make.order(session, small)
    order_lines.add_flat(session, make.entry(little), "LAV", make.Decimal("1"))
    make.check(session, little)
    nothing = make.order(session, garage.founder, engagement="GRATUIT")
    make.labour(session, nothing, 30, non_billable_reason="Reprise sous garantie")
    make.check(session, nothing)
    alone = make.collectivity(session, "SEULE", name="Sans-Convention")
    forced = make.order(session, alone, forced_reason="Urgence")
    make.labour(session, forced, 60)
    make.check(session, forced)
    open_one = make.order(
        session, garage.partner, date(2026, 10, 5), vehicle_id=garage.vehicles["BOURG"].id, reason="Freins"
    )
    repair_orders.change_state(session, open_one.number, OrderState.WAITING_PART, make.HEAD, NOW, reason="Étrier")
    session.execute(
        update(User).where(User.email == email_of(Role.COLLECTIVITY)).values(collectivity_id=garage.partner.id)
    )
    return garage


def _garage(session: Session) -> make.Garage:
    """The small garage of the factories: a new one, or the one that is there."""
    known = {row.code: row for row in session.scalars(select(Collectivity))}
    if "AGGLO" not in known:
        return make.garage(session)
    garage = make.Garage(*(known[code] for code in ("AGGLO", "VILLE", "BOURG", "EAU")))
    garage.vehicles = {row.fleet_number.removesuffix("-1"): row for row in session.scalars(select(Vehicle))}
    garage.parts = {row.reference: row for row in session.scalars(select(Part))}
    return garage


def populate(database: Database) -> None:
    """For the browser's audits: a quarter issued with work left, runs that ended well, badly and not yet."""
    with database.transaction() as session:
        fill(session)
        for outcome, run in _RUNS.items():
            session.add(JobRun(job="issue_quarter", outcome=outcome, asked_by_id=4, asked_at=NOW, **run))
            session.flush()
    issuing = Issuing(Quarter.parse(QUARTER), make.TODAY, NOW, make.CLERK, 1)
    issue_quarter(database, issuing, BillingRules(), make.TODAY)
    with database.transaction() as session:
        for code in ("BOURG", "VILLE"):
            owner = session.scalars(select(Collectivity).where(Collectivity.code == code)).one()
            order = make.order(session, owner, date(2026, 9, 1), engagement="EJ-2026-11")
            make.labour(session, order, 75)
            make.check(session, order)


_ASKED = {"quarter": QUARTER, "on": "2026-10-12"}
_RUNS: dict[str, dict[str, Any]] = {
    "done": {
        "parameters": _ASKED,
        "ended_at": NOW,
        "summary": {"quarter": QUARTER, "bills": 5, "carried": 2, "excluded": 1},
    },
    "failed": {"parameters": _ASKED, "ended_at": NOW, "error": "Aucune collectivité n’est désignée comme émetteur."},
    "running": {"parameters": _ASKED, "started_at": NOW, "alive_at": NOW, "progress": 3, "total": 8},
}
