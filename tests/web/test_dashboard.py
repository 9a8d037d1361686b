"""The head's day: each count and the list behind it, today's work, the week's load, the closing of the quarter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.stock import Part
from garage.db.models.work_time import ClockSegment
from garage.db.queries import dashboard as queries
from garage.domain.entries import EntryState
from garage.domain.permissions import Role
from garage.domain.planning import Slot
from garage.domain.repair_orders import OrderState
from garage.domain.requests import RequestState
from garage.domain.work_time import Activity
from garage.operations import order_lines, planning
from garage.operations.order_lines import External
from tests.factories import garage as make

from . import planned
from .harness import Site
from .workshop import HEAD, MECHANIC, Workshop, build, said

NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
YESTERDAY = TODAY - timedelta(days=1)
PAGE = "/tableau-de-bord"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def counts(work: Workshop) -> queries.Counts:
    with work.site.database.reading() as session:
        return queries.counts(session, clock.now(), TODAY)


def change(work: Workshop, **values: Any) -> None:
    with work.site.database.transaction() as session:
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == work.number)).one()
        for name, value in values.items():
            setattr(order, name, value)


def running(work: Workshop, started_at: datetime, **more: Any) -> None:
    with work.site.database.transaction() as session:
        order = session.scalars(select(RepairOrder.id).where(RepairOrder.number == work.number)).one()
        about = {"order_id": order} if "activity" not in more else {}
        session.add(ClockSegment(user_id=MECHANIC.id, started_at=started_at, created_at=started_at, **about, **more))


def test_nothing_to_do_is_plain_and_shown(work: Workshop) -> None:
    found = counts(work)
    assert {getattr(found, name) for name in queries.Counts.__slots__} == {0}
    page = work.head.get(PAGE)
    said(page, 200, "Tout est traité", "demande à accepter", "chrono oublié", "Rien n’est planifié aujourd’hui")
    assert page.text.count('class="chiffre fait"') == 11


def test_the_head_lands_here_and_finds_it_first(work: Workshop) -> None:
    answer = work.site.app.test_client().post(
        "/connexion", data={"email": "head@exemple.test", "password": "une phrase assez longue"}
    )
    assert answer.location == PAGE
    menu = work.head.get(PAGE).text.split('class="navigation"')[1]
    assert menu.index(PAGE) < menu.index("/planning") < menu.index("/ordres/")


@pytest.mark.parametrize(
    ("state", "name", "link"),
    [
        (OrderState.TO_CHECK, "to_check", "/ordres/?etat=a-controler"),
        (OrderState.BLOCKED, "blocked", "/ordres/?etat=bloque"),
    ],
)
def test_orders_by_state(work: Workshop, state: OrderState, name: str, link: str) -> None:
    change(work, state=state)
    assert getattr(counts(work), name) == 1
    said(work.head.get(PAGE), 200, f'href="{link}"')
    said(work.head.get(link), 200, work.number)


def test_a_promise_not_kept(work: Workshop) -> None:
    change(work, promised_on=TODAY)
    assert counts(work).promised_late == 0
    change(work, promised_on=YESTERDAY)
    assert counts(work).promised_late == 1
    said(work.head.get(PAGE), 200, "/tableau-de-bord/promis-en-retard", "ordre promis en retard")
    said(work.head.get(f"{PAGE}/promis-en-retard"), 200, work.number, "17/11/2026", "1 ordre")
    change(work, state=OrderState.DONE)
    assert counts(work).promised_late == 0
    said(work.head.get(f"{PAGE}/promis-en-retard"), 200, "Plus rien à traiter ici")


def test_a_part_that_does_not_come(work: Workshop) -> None:
    change(work, expected_on=YESTERDAY)
    assert counts(work).parts_late == 0
    change(work, state=OrderState.WAITING_PART)
    assert counts(work).parts_late == 1
    said(work.head.get(f"{PAGE}/pieces-en-retard"), 200, work.number, "17/11/2026")
    change(work, expected_on=TODAY)
    assert counts(work).parts_late == 0


def test_a_supplier_s_invoice_to_come(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for cost in (None, None, Decimal("12.5")):
            entry = order_lines.Entry(work.number, YESTERDAY, HEAD, clock.now(), TODAY, label="Rectification")
            order_lines.add_external(session, entry, External("Pneus de l’Ouest", None, Decimal(1), cost))
    assert counts(work).costs_awaited == 2
    said(work.head.get(PAGE), 200, "/ordres/factures-attendues", "coûts attendus")
    said(work.head.get("/ordres/factures-attendues"), 200, work.number, "2 lignes")
    change(work, state=OrderState.DONE)
    assert counts(work).costs_awaited == 2
    change(work, state=OrderState.CANCELLED)
    assert counts(work).costs_awaited == 0


@pytest.mark.parametrize(
    ("started", "left"),
    [
        (NOW - timedelta(hours=2), 0),
        (datetime(2026, 11, 17, 23, 30, tzinfo=UTC), 0),  # half past midnight in Paris
        (datetime(2026, 11, 17, 22, 30, tzinfo=UTC), 1),  # half past eleven the evening before
        (NOW - timedelta(days=3), 1),
    ],
)
def test_a_clock_that_runs_since_another_day(work: Workshop, started: datetime, left: int) -> None:
    running(work, started)
    assert counts(work).clocks == left
    said(work.head.get(f"{PAGE}/chronos-oublies"), 200, "Tourne encore" if left else "Aucun chrono oublié")


def test_a_clock_of_over_twelve_hours_and_one_to_confirm(work: Workshop) -> None:
    with time_machine.travel(datetime(2026, 11, 18, 21, 0, tzinfo=UTC), tick=True):
        running(work, datetime(2026, 11, 18, 8, 30, tzinfo=UTC))
        running(work, NOW, ended_at=NOW, to_confirm=True, activity=Activity.CLEANING)
        assert counts(work).clocks == 2
        said(
            work.site.client(Role.HEAD).get(f"{PAGE}/chronos-oublies"),
            200,
            "Personne 1",
            "Nettoyage",
            "Fin à confirmer",
        )


def test_a_request_an_entry_and_a_low_part(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        owner = work.garage.partner.id
        for n, state in enumerate([RequestState.RECEIVED, RequestState.REFUSED]):
            session.add(
                Request(
                    number=f"D-{n}", follow_token=f"t{n}", collectivity_id=owner, object_label="Portail",
                    what="Grince", contact_name="Agent", state=state, created_at=NOW,
                )
            )  # fmt: skip
        for n, held in enumerate([EntryState.HELD, EntryState.APPLIED]):
            session.add(
                Entry(
                    key=f"c{n}", kind="piece", author_id=1, sender_id=1, entered_at=NOW, received_at=NOW, data={},
                    state=held,
                )
            )  # fmt: skip
        for reference, minimum in (("P1", "100"), ("P2", "100.001")):
            session.scalars(select(Part).where(Part.reference == reference)).one().minimum = Decimal(minimum)
    assert (counts(work).requests, counts(work).low_stock) == (1, 1)
    said(work.head.get(PAGE), 200, "demande à accepter", "saisie à vérifier", "/stock/?pieces=stock-bas")
    said(work.head.get("/stock/?pieces=stock-bas"), 200, "1 pièce affichée")


def test_today_s_work_by_name_without_the_idle(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        early, idle = planned.mechanic(session, "Aziliz Riou"), planned.mechanic(session, "Enora Bihan")
        other = make.order(session, work.garage.partner, date(2026, 10, 1), object_label="Barrière").number
        planning.plan(session, work.number, Slot(1, TODAY, 120), planned.by(TODAY))
        planning.plan(session, other, Slot(early, TODAY, 540), planned.by(TODAY))
        planning.plan(session, other, Slot(idle, TODAY + timedelta(days=1), 60), planned.by(TODAY))
    page = work.head.get(PAGE).text
    todays = page[page.index("titre-aujourdhui") : page.index("titre-charge")]
    assert todays.index("Aziliz Riou") < todays.index("Personne 1")
    assert "Enora Bihan" not in todays
    said(work.head.get(PAGE), 200, "9 h sur 35 h", "Enora Bihan", "Atelier", "12 h")


def test_the_quarter_s_closing_is_counted_apart(work: Workshop) -> None:
    said(work.head.get(PAGE), 200, "Clôture du", 'data-hx-get="/tableau-de-bord/cloture"', 'href="/cloture"')
    said(work.head.get(f"{PAGE}/cloture"), 200, "1 ordre ne peut pas encore être facturé", 'href="/cloture"')
    change(work, state=OrderState.CANCELLED)
    said(work.head.get(f"{PAGE}/cloture"), 200, "Tous les ordres commencés peuvent être facturés")


def test_the_page_reads_as_little_when_there_is_much(work: Workshop) -> None:
    statements: list[int] = []
    for turn in range(2):
        seen: list[str] = []
        listen = lambda *words, seen=seen: seen.append(words[2])  # noqa: E731
        event.listen(work.site.database.engine, "before_cursor_execute", listen)
        work.head.get(PAGE)
        event.remove(work.site.database.engine, "before_cursor_execute", listen)
        statements.append(len([one for one in seen if one.lstrip().upper().startswith("SELECT")]))
        with work.site.database.transaction() as session:
            for n in range(6):
                who = planned.mechanic(session, f"Renfort {turn}-{n}")
                planning.plan(session, work.number, Slot(who, TODAY, 60), planned.by(TODAY))
    assert statements[0] == statements[1] <= 16


@pytest.mark.parametrize("role", [Role.MECHANIC, Role.ACCOUNTING, Role.COLLECTIVITY, Role.ADMIN])
def test_it_is_the_head_s_alone(site: Site, role: Role) -> None:
    client = site.client(role)
    for address in (PAGE, f"{PAGE}/cloture", f"{PAGE}/promis-en-retard"):
        assert client.get(address).status_code == 403
    assert PAGE not in client.get("/plan-du-site").text


def test_a_list_that_is_none(work: Workshop) -> None:
    assert work.head.get(f"{PAGE}/rien").status_code == 404
