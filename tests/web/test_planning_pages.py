"""The pages of the plan: the week, a card placed, moved and taken away, hours of a day, two heads at once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import DayCapacity
from garage.db.queries import planning as queries
from garage.domain.permissions import Role
from garage.domain.planning import Slot, Week
from garage.domain.repair_orders import OrderState
from garage.operations import planning
from garage.web.planning_board import board

from . import planned
from .harness import Site
from .workshop import MECHANIC, Workshop, build, said

NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)  # a Wednesday
TODAY, TOMORROW = date(2026, 11, 18), date(2026, 11, 19)
WEEK = "/planning?semaine=2026-W47"
ONE = MECHANIC.id or 0


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    with site.database.transaction() as session:
        planned.mechanic(session, "Nolwenn Cardan")
        session.scalars(select(RepairOrder)).one().state = OrderState.REQUESTED
    return made


def two(work: Workshop) -> int:
    with work.site.database.reading() as session:
        return session.scalars(select(User.id).where(User.name == "Nolwenn Cardan")).one()


def card(work: Workshop, **words: object) -> TestResponse:
    values = {"person": ONE, "day": TODAY.isoformat(), "time": "2 h"} | words
    return work.head.post(f"/planning/ordre/{work.number}", data=values)


def slots(work: Workshop) -> list[tuple[int, date, int]]:
    with work.site.database.reading() as session:
        rows = session.scalars(select(Assignment).order_by(Assignment.day, Assignment.user_id))
        return [(row.user_id, row.day, row.minutes) for row in rows]


def undo_of(answer: TestResponse, work: Workshop) -> str:
    """The address that the last banner of the next page posts to."""
    page = work.head.get(answer.location).text
    banner = page[page.rindex('class="annuler"') :]
    return banner.split('action="')[1].split('"')[0].replace("&amp;", "&")


def test_a_plan_from_the_form_and_its_undo(work: Workshop) -> None:
    said(work.head.get(f"/planning/ordre/{work.number}"), 200, "Planifier l’ordre", "1 h 00", "2026-11-18")
    answer = card(work)
    assert (answer.status_code, answer.location) == (303, "/planning?semaine=2026-W47")
    undo = undo_of(answer, work)
    said(work.head.get(WEEK), 200, work.number, "2 h sur 7 h", "Planifié", "Tous les ordres ouverts sont planifiés")
    assert slots(work) == [(ONE, TODAY, 120)]
    assert work.head.post(undo).status_code == 303
    assert slots(work) == []
    said(work.head.get(WEEK), 200, "1 ordre à planifier", "Demandé")


def test_a_move_a_new_length_a_removal_and_their_undo(work: Workshop) -> None:
    card(work)
    moved = card(work, vu=f"{ONE}_2026-11-18_120", person=two(work), day="19/11/2026", vue="liste")
    assert moved.location == "/planning?semaine=2026-W47&vue=liste"
    undo = undo_of(moved, work)
    assert slots(work) == [(two(work), TOMORROW, 120)]
    work.head.post(undo)
    assert slots(work) == [(ONE, TODAY, 120)]
    undo = undo_of(card(work, vu=f"{ONE}_2026-11-18_120", time="1,5"), work)
    assert slots(work) == [(ONE, TODAY, 90)]
    work.head.post(undo)
    gone = work.head.post(f"/planning/ordre/{work.number}/retirer", data={"vu": f"{ONE}_2026-11-18_120"})
    assert (gone.status_code, slots(work)) == (303, [])
    work.head.post(undo_of(gone, work))
    assert slots(work) == [(ONE, TODAY, 120)]


def test_a_free_place_fills_the_form_and_full_days_are_told(work: Workshop) -> None:
    card(work, time="9 h")
    address = f"/planning/ordre/{work.number}"
    said(work.head.get(address), 200, "Heures libres, semaine 47", "9 h sur 7 h")
    said(work.head.get(f"{address}?semaine=2026-W48"), 200, "semaine 48", "semaine=2026-W47", "semaine=2026-W49")
    page = work.head.get(f"{address}?person={two(work)}&day=2026-11-20").text
    assert f'selected value="{two(work)}"' in page
    assert 'value="2026-11-20"' in page
    for strange in ("person=x&day=2026-11-20", "person=1&day=hier", "semaine=rien"):
        assert work.head.get(f"{address}?{strange}").status_code == 200


def test_overload_is_said_in_words_and_allowed(work: Workshop) -> None:
    answer = card(work, time="9 h")
    said(work.head.get(answer.location), 200, "Journée trop pleine : 9 h sur 7 h", "9 h sur 7 h")
    answer = card(work, vu=f"{ONE}_2026-11-18_540", day="2027-01-01", time="9 h")
    said(work.head.get(answer.location), 200, "9 h sur 0 h (Jour de l’An)")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"person": ""}, "Choisissez un mécanicien dans la liste"),
        ({"person": "99999"}, "Cette personne ne peut plus être planifiée"),
        ({"day": ""}, "Choisissez le jour"),
        ({"day": "2026-11-17"}, "choisissez un jour du 18/11/2026"),
        ({"day": "2062-11-17"}, "choisissez un jour du 18/11/2026"),
        ({"time": ""}, "Saisissez la durée prévue"),
        ({"time": "beaucoup"}, "Saisissez une durée"),
        ({"time": "0 min"}, "Le temps doit aller de 1 minute à 24 heures"),
        ({"time": "25 h"}, "Le temps doit aller de 1 minute à 24 heures"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(work: Workshop, words: dict[str, str], told: str) -> None:
    said(card(work, **words), 422, told, "Erreur")
    assert slots(work) == []


def test_the_same_order_twice_for_one_person_and_day(work: Workshop) -> None:
    assert card(work).status_code == card(work).status_code == 303
    said(card(work, time="3 h"), 422, "Personne 1 a déjà l’ordre", "changez plutôt cette durée")
    assert slots(work) == [(ONE, TODAY, 120)]


def test_a_finished_order_is_not_planned(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.scalars(select(RepairOrder)).one().state = OrderState.DONE
    said(card(work), 422, "il ne reçoit plus de saisie")
    said(work.head.get(f"/planning/ordre/{work.number}"), 200, "Cet ordre ne se planifie plus")


def test_a_card_that_somebody_moved_shows_both_and_lets_choose(work: Workshop) -> None:
    card(work)
    card(work, vu=f"{ONE}_2026-11-18_120", person=two(work))
    late = card(work, vu=f"{ONE}_2026-11-18_120", day=TOMORROW.isoformat())
    said(late, 409, "Personne 2 a changé le planning", "Nolwenn Cardan, mercredi 18", "jeudi 19", "Garder le planning")
    assert slots(work) == [(two(work), TODAY, 120)]
    kept = card(work, vu=f"{two(work)}_2026-11-18_120", day=TOMORROW.isoformat())
    assert (kept.status_code, slots(work)) == (303, [(ONE, TOMORROW, 120)])
    removed = work.head.post(f"/planning/ordre/{work.number}/retirer", data={"vu": f"{ONE}_2026-11-18_120"})
    said(removed, 409, "Retirer du planning", "Personne 1, jeudi 19")
    assert slots(work) == [(ONE, TOMORROW, 120)]


def test_the_list_holds_what_the_grid_holds(work: Workshop) -> None:
    card(work)
    work.head.post(f"/planning/heures/{two(work)}/2026-11-19", data={"time": "0", "vu": ""})
    for view in ("", "&vue=grille", "&vue=liste"):
        said(work.head.get(WEEK + view), 200, work.number, "AB-123-CD", "Bourg", "2 h", "Planifié", "Absent")
    said(work.head.get("/planning/export.csv?semaine=2026-W47"), 200, f"18/11/2026;Personne 1;{work.number};Planifié")


def test_the_week_of_the_address(work: Workshop) -> None:
    said(work.head.get("/planning"), 200, "Semaine 47, du 16/11/2026 au 22/11/2026")
    assert "Aujourd’hui</span>" not in work.head.get("/planning").text
    said(work.head.get("/planning?semaine=2026-W20"), 200, "Semaine 20", "Ascension", "Aujourd’hui")
    for strange in ("2026-W99", "hier", "%00", "9999-W01"):
        said(work.head.get(f"/planning?semaine={strange}"), 200, "Semaine 47")


def test_a_saturday_shows_when_somebody_has_it(work: Workshop) -> None:
    assert "samedi 21" not in work.head.get(WEEK).text
    work.head.post(f"/planning/heures/{ONE}/2026-11-21", data={"time": "4 h", "vu": ""})
    said(work.head.get(WEEK), 200, "samedi 21", "0 h sur 4 h")


def test_hours_of_a_day_and_their_undo(work: Workshop) -> None:
    address = f"/planning/heures/{ONE}/2026-11-18"
    said(work.head.get(address), 200, "D’habitude ce jour-là : 7 h", "Noter absent")
    answer = work.head.post(address, data={"time": "0", "vu": ""})
    assert answer.status_code == 303
    undo = undo_of(answer, work)
    card(work)
    said(work.head.get(address), 200, "absence", work.number, "Remettre les heures habituelles")
    said(work.head.get(WEEK), 200, "2 h sur 0 h")
    work.head.post(undo)
    assert work.count(DayCapacity) == 0


@pytest.mark.parametrize(
    ("typed", "told"), [("25 h", "Saisissez de 0 à 24 heures"), ("souvent", "Saisissez une durée")]
)
def test_hours_that_no_day_has(work: Workshop, typed: str, told: str) -> None:
    said(work.head.post(f"/planning/heures/{ONE}/2026-11-18", data={"time": typed, "vu": ""}), 422, told, typed)


def test_hours_that_two_heads_set(work: Workshop) -> None:
    address = f"/planning/heures/{ONE}/2026-11-18"
    work.head.post(address, data={"time": "3 h 30", "vu": ""})
    answer = work.head.post(address, data={"time": "0", "vu": ""})
    said(answer, 422, "Personne 2 a déjà saisi les heures de ce jour : 3 h 30", 'name="vu" type="hidden" value="210"')
    assert work.head.post(address, data={"time": "0", "vu": "210"}).status_code == 303


@pytest.mark.parametrize(
    "address", ["/planning/ordre/rien", "/planning/heures/99999/2026-11-18", "/planning/heures/1/hier", "/planning/x"]
)
def test_addresses_that_lead_nowhere(work: Workshop, address: str) -> None:
    assert work.head.get(address).status_code == 404


def test_a_removal_without_a_card_is_not_found(work: Workshop) -> None:
    for seen in ("", "1_hier_3", "1_2026-11-18"):
        answer = work.head.post(f"/planning/ordre/{work.number}/retirer", data={"vu": seen})
        assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.MECHANIC, Role.ACCOUNTING, Role.COLLECTIVITY, Role.ADMIN])
def test_the_plan_is_the_head_s(work: Workshop, role: Role) -> None:
    client = work.site.client(role)
    for address in ("/planning", f"/planning/ordre/{work.number}", f"/planning/heures/{ONE}/2026-11-18"):
        assert client.get(address).status_code == 403
    assert client.post(f"/planning/ordre/{work.number}", data={"person": ONE}).status_code == 403


def test_reading_a_week_takes_as_many_statements_however_full_it_is(work: Workshop) -> None:
    counts = []
    for turn in range(2):
        with work.site.database.reading() as session:
            seen: list[object] = []
            event.listen(session, "do_orm_execute", seen.append)
            board(session, Week.of(TODAY), TODAY)
            queries.unplanned(session, TODAY)
            counts.append(len(seen))
        with work.site.database.transaction() as session:
            for n in range(5):
                who = planned.mechanic(session, f"Renfort {turn}-{n}")
                planning.plan(session, work.number, Slot(who, TODAY + timedelta(days=n % 3), 60), planned.by(TODAY))
    assert counts[0] == counts[1] <= 4


def test_an_undo_s_address_holds_the_card(work: Workshop) -> None:
    words = parse_qs(urlsplit(undo_of(card(work), work)).query)
    assert words["vu"] == [f"{ONE}_2026-11-18_120"]
