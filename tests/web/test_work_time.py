"""The clock on screen: every entry and its refusals, undo, forgotten clocks, whose time one sees (WO-01 to WO-06)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.planning import Assignment
from garage.db.models.work_time import ClockSegment, DayCapacity
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.domain.work_time import Activity
from garage.operations import repair_orders
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, MECHANIC, Workshop, build, said

# Friday 20 November 2026, 08:00 in Paris.
MORNING = datetime(2026, 11, 20, 7, 0, 20, tzinfo=UTC)
LATE = {"X-Saisie": "rejouee"}
Go = Callable[..., None]


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def work(travel: time_machine.Traveller, site: Site) -> Workshop:
    del travel
    return build(site)


@pytest.fixture
def other(work: Workshop) -> str:
    """The number of a second order."""

    def made(session: Any) -> str:
        return make.order(session, work.garage.partner, date(2026, 10, 1), object_label="Portail").number

    return str(work.act(made))


def at(travel: time_machine.Traveller, hour: int, minute: int = 0, day: int = 20) -> None:
    """The wall clock in Paris, in winter."""
    travel.move_to(datetime(2026, 11, day, hour - 1, minute, 20, tzinfo=UTC))


def next_morning(work: Workshop, travel: time_machine.Traveller, hour: int, minute: int = 0) -> None:
    """The day after; sessions ended with the night."""
    at(travel, hour, minute, day=21)
    work.mechanic, work.head = work.site.client(Role.MECHANIC), work.site.client(Role.HEAD)


_keys = iter(range(10**6))


def enter(client: Any, slug: str, headers: Any = None, **fields: Any) -> Any:
    return client.post(f"/saisies/{slug}", data={"cle": f"k{next(_keys)}"} | fields, headers=headers or {})


def done(client: Any, slug: str, **fields: Any) -> None:
    answer = enter(client, slug, **fields)
    assert answer.status_code == 303, answer.text[-2500:]


def segments(work: Workshop) -> list[ClockSegment]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(ClockSegment).order_by(ClockSegment.started_at, ClockSegment.id)))


def spans(work: Workshop) -> list[str]:
    """«08:00-09:30 OR-…», a clock that runs without its end, one to confirm with a question mark."""

    def word(row: ClockSegment) -> str:
        end = f"{row.ended_at.astimezone(clock.PARIS):%H:%M}" if row.ended_at else ""
        what = row.activity.value if row.activity else str(row.order_id)
        return f"{row.started_at.astimezone(clock.PARIS):%H:%M}-{end}{'?' if row.to_confirm else ''} {what}"

    return [word(row) for row in segments(work)]


def minutes(work: Workshop) -> list[int | None]:
    return [line.minutes for line in work.lines()]


def notice(client: Any, page: str = "/temps") -> str:
    """What the next page says, and the address that undoes it."""
    text = client.get(page).text
    start = text.rfind('class="annuler"')
    return text[start : text.find("</form>", start)] if start >= 0 else ""


def undo(client: Any, page: str = "/temps") -> None:
    found = notice(client, page)
    address = found.split('action="')[1].split('"')[0].replace("&amp;", "&")
    assert client.post(address).status_code == 303


def test_one_tap_starts_another_job_and_no_minute_is_lost(
    work: Workshop, other: str, travel: time_machine.Traveller
) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9, 24)
    answer = enter(work.mechanic, "demarrer", ordre=other)
    assert (answer.status_code, answer.location) == (303, f"/ordres/{other}")
    told = notice(work.mechanic).replace("\u00a0", " ").replace("\u202f", " ")
    assert f"Chrono démarré sur {other} ; {work.number} mis en pause (1 h 24)" in told
    assert spans(work) == ["08:00-09:24 1", "09:24- 2"]
    assert minutes(work) == [84]
    at(travel, 10)
    done(work.mechanic, "pause")
    assert spans(work) == ["08:00-09:24 1", "09:24-10:00 2"]
    at(travel, 10, 30)
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 11)
    done(work.mechanic, "pause")
    assert minutes(work) == [114, 36]
    (first, second) = work.lines()
    assert (first.mechanic_id, first.code, first.done_on) == (1, "MO-SER", date(2026, 11, 20))
    assert second.rank == 1


def test_the_same_key_counts_once_and_a_running_clock_is_not_started_again(
    work: Workshop, travel: time_machine.Traveller
) -> None:
    for _ in range(2):
        work.mechanic.post("/saisies/demarrer", data={"cle": "deux", "ordre": work.number})
    at(travel, 8, 30)
    done(work.mechanic, "demarrer", ordre=work.number)
    assert "Le chrono tourne déjà" in notice(work.mechanic)
    assert spans(work) == ["08:00- 1"]
    for slug in ("pause", "fin-de-poste", "activite"):
        for _ in range(2):
            work.mechanic.post(f"/saisies/{slug}", data={"cle": slug, "activity": "cleaning"})
    assert spans(work) == ["08:00-08:30 1", "08:30- cleaning"]


def test_undo_gives_back_the_clock_as_it_was(work: Workshop, other: str, travel: time_machine.Traveller) -> None:
    def plan(session: Any) -> None:
        repair_orders.change_state(session, other, OrderState.BLOCKED, HEAD, clock.now(), reason="Clé perdue")

    work.act(plan)
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9)
    done(work.mechanic, "demarrer", ordre=other)
    with work.site.database.reading() as session:
        assert session.scalar(select(ClockSegment.order_id).where(ClockSegment.ended_at.is_(None))) == 2
    said(work.mechanic.get(f"/ordres/{other}"), 200, "En cours")
    done(work.mechanic, "pause")  # within the first minute: nothing is left of it
    at(travel, 9, 10)
    undo(work.mechanic)
    assert spans(work) == ["08:00-09:00 1", "09:00- 2"]
    at(travel, 9, 20)
    done(work.mechanic, "activite", activity="cleaning")
    at(travel, 9, 25)
    undo(work.mechanic)
    assert spans(work) == ["08:00-09:00 1", "09:00- 2"]
    assert minutes(work) == [60]


def test_undoing_a_start_gives_back_the_state_of_the_order(
    work: Workshop, other: str, travel: time_machine.Traveller
) -> None:
    def block(session: Any) -> None:
        repair_orders.change_state(session, other, OrderState.BLOCKED, HEAD, clock.now(), reason="Clé perdue")

    done(work.mechanic, "demarrer", ordre=work.number)
    work.act(block)
    at(travel, 9)
    done(work.mechanic, "demarrer", ordre=other)
    undo(work.mechanic)
    assert spans(work) == ["08:00- 1"]
    assert minutes(work) == []
    said(work.mechanic.get(f"/ordres/{other}"), 200, "Bloqué", "Clé perdue")


def test_what_went_on_since_is_not_undone(work: Workshop, other: str, travel: time_machine.Traveller) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    found = notice(work.mechanic)
    address = found.split('action="')[1].split('"')[0].replace("&amp;", "&")
    at(travel, 9)
    done(work.mechanic, "demarrer", ordre=other)
    said(work.mechanic.post(address), 422, "Le chrono a changé depuis")
    for fields in ({"debute": "1"}, {"debute": "999"}, {"arrete": "999"}, {"arrete": "2"}):
        assert enter(work.mechanic, "annuler-chrono", **fields).status_code == 422
    assert enter(work.head, "annuler-chrono", arrete="1").status_code == 422
    assert spans(work) == ["08:00-09:00 1", "09:00- 2"]


def test_late_entries_take_their_place_or_wait_for_the_head(
    work: Workshop, other: str, travel: time_machine.Traveller
) -> None:
    at(travel, 9, 30)
    done(work.mechanic, "demarrer", ordre=other)
    at(travel, 10)
    done(work.mechanic, "pause")
    at(travel, 11)

    def late(slug: str, hour: int, minute: int = 0, **fields: str) -> Any:
        entered = datetime(2026, 11, 20, hour - 1, minute, tzinfo=UTC).isoformat()
        return enter(work.mechanic, slug, LATE, saisi_a=entered, **fields)

    assert late("demarrer", 8, ordre=work.number).status_code == 201
    assert spans(work) == ["08:00-09:30? 1", "09:30-10:00 2"]
    assert minutes(work) == [30]
    assert late("pause", 9).status_code == 201
    assert spans(work) == ["08:00-09:00 1", "09:30-10:00 2"]
    assert sorted(filter(None, minutes(work))) == [30, 60]
    held = late("demarrer", 9, 45, ordre=work.number)
    assert (held.status_code, held.json["etat"]) == (202, "tenue")
    assert "chevauche celui de 09:30 à 10:00" in held.json["texte"].replace("\u00a0", " ")
    assert late("pause", 8, 30).status_code == 202
    assert late("pause", 10, 30).status_code == 201
    assert spans(work) == ["08:00-09:00 1", "09:30-10:00 2"]


def test_a_forgotten_clock_does_not_count_the_night_and_asks_its_end(
    work: Workshop, other: str, travel: time_machine.Traveller
) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    next_morning(work, travel, 7, 30)
    question = "Votre chrono du 20/11/2026 tournait encore à 18:00. Heure de fin ?"
    said(work.mechanic.get("/ma-journee"), 200, question, ">12:00<", ">17:00<", "Autre heure")
    said(work.mechanic.get("/temps?jour=2026-11-20"), 200, question)
    done(work.mechanic, "demarrer", ordre=other)
    assert spans(work) == ["08:00-18:00? 1", "07:30- 2"]
    assert minutes(work) == []
    said(work.mechanic.get("/ma-journee"), 200, question)
    said(work.head.get("/temps/atelier"), 200, "Chronos oubliés", "Personne 1", "Arrêter le chrono…")
    said(enter(work.mechanic, "confirmer-temps", segment="1", fin="07:00"), 422, "La fin doit suivre le début (08:00)")
    said(enter(work.mechanic, "confirmer-temps", segment="1", fin="midi"), 422, "Saisissez une heure")
    assert enter(work.mechanic, "confirmer-temps", segment="2", fin="17:00").status_code == 422
    assert enter(work.mechanic, "confirmer-temps", segment="99", fin="17:00").status_code == 422
    done(work.mechanic, "confirmer-temps", segment="1", fin="12:00")
    assert spans(work)[0] == "08:00-12:00 1"
    assert minutes(work) == [240]
    assert "tournait encore" not in work.mechanic.get("/ma-journee").text


def test_a_night_s_work_is_cut_at_midnight(work: Workshop, travel: time_machine.Traveller) -> None:
    at(travel, 22)
    work.mechanic = work.site.client(Role.MECHANIC)
    done(work.mechanic, "demarrer", ordre=work.number)
    next_morning(work, travel, 2)
    done(work.mechanic, "pause")
    assert spans(work) == ["22:00-00:00? 1"]
    done(work.mechanic, "confirmer-temps", segment="1", fin="01:30")
    assert spans(work) == ["22:00-00:00 1", "00:00-01:30 1"]
    assert [(line.done_on.day, line.minutes) for line in work.lines()] == [(20, 120), (21, 90)]


def test_the_head_stops_a_clock_with_a_time_and_a_reason(work: Workshop, travel: time_machine.Traveller) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 14)
    said(work.head.get("/temps/atelier"), 200, "Personne 1", "6 h 00")
    said(work.head.get("/temps/1/arreter"), 200, "Personne 1", work.number)
    assert work.mechanic.get("/temps/1/arreter").status_code == 403
    fields = {"segment": "1", "fin": "12:00"}
    said(enter(work.head, "arreter-chrono", **fields), 422, "Indiquez le motif")
    said(enter(work.mechanic, "arreter-chrono", reason="Oubli", **fields), 422, "celui d’un collègue")
    said(enter(work.head, "arreter-chrono", segment="1", fin="15:00", reason="Oubli"), 422, "pas encore passé")
    done(work.head, "arreter-chrono", reason="Parti déjeuner", **fields)
    assert spans(work) == ["08:00-12:00 1"]
    assert minutes(work) == [240]
    assert enter(work.head, "arreter-chrono", reason="Encore", **fields).status_code == 422
    with work.site.database.reading() as session:
        (kept,) = session.scalars(select(JournalEntry.data).where(JournalEntry.action == "clock.stop_for"))
    assert (kept["reason"], kept["before"]["end"], kept["person"]) == ("Parti déjeuner", None, "Personne 1")


def corrected(work: Workshop, **changes: str) -> dict[str, str]:
    first = {"segment": "1", "jour": "2026-11-20", "debut": "08:00", "fin": "09:00", "sur": work.number}
    return first | {"reason": "Erreur de saisie"} | changes


def test_a_correction_moves_minutes_and_keeps_old_and_new(
    work: Workshop, other: str, travel: time_machine.Traveller
) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9)
    done(work.mechanic, "pause")
    at(travel, 12)
    said(work.mechanic.get("/temps/1"), 200, "Corriger un temps", "08:00", 'value="09:00"')
    said(enter(work.mechanic, "corriger-temps", **corrected(work, reason=" ")), 422, "Indiquez le motif")
    said(enter(work.mechanic, "corriger-temps", **corrected(work, fin="08:00")), 422, "La fin doit suivre")
    said(enter(work.mechanic, "corriger-temps", **corrected(work, fin="13:00")), 422, "pas encore passé")
    said(enter(work.mechanic, "corriger-temps", **corrected(work, autre="OR-2020-00001")), 422, "Introuvable")
    done(work.mechanic, "corriger-temps", **corrected(work, debut="7h45", fin="1030", vu="08:00 – 09:00"))
    assert minutes(work) == [165]
    done(work.mechanic, "corriger-temps", **corrected(work, sur=other, code="MO-VL"))
    (line,) = work.lines()
    assert (line.order_id, line.minutes, line.code) == (2, 60, "MO-VL")
    undo(work.mechanic)
    assert [(line.order_id, line.minutes, line.code) for line in work.lines()] == [(1, 165, "MO-SER")]
    done(work.mechanic, "corriger-temps", **corrected(work, sur="training"))
    assert spans(work) == ["08:00-09:00 training"]
    assert minutes(work) == []
    with work.site.database.reading() as session:
        kept = session.scalars(select(JournalEntry.data).where(JournalEntry.action == "clock.correct")).all()
    assert kept[0]["before"]["start"] == "2026-11-20T07:00:00+00:00"
    assert kept[0]["after"]["start"] == "2026-11-20T06:45:00+00:00"
    said(
        work.site.client(Role.ADMIN).get("/journal?objet=temps"), 200, "Temps corrigé (Personne 1)", "Erreur de saisie"
    )


def test_what_a_colleague_changed_since_is_shown_before_it_is_replaced(
    work: Workshop, travel: time_machine.Traveller
) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9)
    done(work.mechanic, "pause")
    at(travel, 12)
    done(work.head, "corriger-temps", **corrected(work, fin="10:00", vu="08:00 – 09:00"))
    answer = enter(work.mechanic, "corriger-temps", **corrected(work, fin="11:00", vu="08:00 – 09:00"))
    said(answer, 409, "Personne 2", "08:00 – 10:00", "08:00 – 11:00")
    done(work.mechanic, "corriger-temps", **corrected(work, fin="11:00", vu="08:00 – 10:00"))
    assert minutes(work) == [180]


def test_time_is_its_owner_s_and_the_head_s(work: Workshop, travel: time_machine.Traveller) -> None:
    done(work.head, "demarrer", ordre=work.number)
    at(travel, 9)
    done(work.head, "pause")
    assert work.mechanic.get("/temps/1").status_code == 404
    assert work.mechanic.get("/temps?personne=2").status_code == 404
    for slug, fields in (
        ("corriger-temps", corrected(work)),
        ("retirer-temps", {"segment": "1", "reason": "x"}),
        ("ajouter-temps-oublie", corrected(work, personne="2", debut="06:00", fin="07:00")),
    ):
        said(enter(work.mechanic, slug, **fields), 422, "celui d’un collègue")
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work, debut="06:00", fin="07:00"))
    said(work.head.get("/temps?personne=1"), 200, "Temps de Personne 1", "06:00 – 07:00")
    done(work.head, "ajouter-temps-oublie", **corrected(work, personne="1", debut="07:00", fin="07:30"))
    assert [row.user_id for row in segments(work)] == [1, 1, 2]
    assert work.head.get("/temps?personne=99999").status_code == 404


def test_a_missed_segment_is_added_and_taken_away_with_undo(work: Workshop, travel: time_machine.Traveller) -> None:
    at(travel, 12)
    said(work.mechanic.get("/temps/ajouter?jour=2026-11-20"), 200, "Ajouter un temps")
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work))
    assert minutes(work) == [60]
    said(enter(work.mechanic, "ajouter-temps-oublie", **corrected(work, fin="08:30")), 422, "chevauche", "08:30")
    said(enter(work.mechanic, "ajouter-temps-oublie", **corrected(work, jour="2026-11-01")), 422, "n’est pas possible")
    said(enter(work.mechanic, "retirer-temps", segment="1", reason=""), 422, "Indiquez le motif")
    done(work.mechanic, "retirer-temps", segment="1", reason="Jamais fait")
    assert (segments(work), work.lines()) == ([], [])
    undo(work.mechanic)
    assert (spans(work), minutes(work)) == (["08:00-09:00 1"], [60])


def test_a_line_taken_away_takes_its_segments_and_gives_them_back(
    work: Workshop, travel: time_machine.Traveller
) -> None:
    at(travel, 12)
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work))
    done(work.mechanic, "retirer-ligne", ordre=work.number, ligne="1")
    assert segments(work) == []
    undo(work.mechanic, work.url)
    assert (spans(work), minutes(work)) == (["08:00-09:00 1"], [60])
    assert segments(work)[0].order_line_id == work.lines()[0].id


def test_a_clock_can_be_stopped_though_its_order_closed(work: Workshop, travel: time_machine.Traveller) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    at(travel, 9)
    done(work.mechanic, "pause")
    assert "le chef d’atelier verra vos 1" in notice(work.mechanic).replace("’", "’")
    assert (spans(work), work.lines()) == (["08:00-09:00 1"], [])
    said(work.mechanic.get("/temps"), 200, "Non compté")
    said(work.head.get("/temps/atelier"), 200, "Temps non comptés", "Personne 1")
    said(enter(work.mechanic, "demarrer", ordre=work.number), 422, "Annulé")
    done(work.head, "corriger-temps", **corrected(work, sur="workshop"))
    assert "Temps non comptés" not in work.head.get("/temps/atelier").text


def test_a_day_has_24_hours_and_more_than_12_is_said(work: Workshop, travel: time_machine.Traveller) -> None:
    at(travel, 14)
    form = {"near": "2026-11-20", "time": "23 h", "code": "MO-VL"}
    assert work.mechanic.post(f"{work.url}/temps", data=form).status_code == 303
    assert "23 h 00 ce jour-là : vérifiez" in notice(work.mechanic, work.url).replace("\u00a0", " ")
    said(work.mechanic.post(f"{work.url}/temps", data=form | {"time": "2 h"}), 422, "25 h 00", "un jour n’en a que 24")
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work))
    assert "24 h 00 ce jour-là" in notice(work.mechanic).replace("\u00a0", " ")
    fields = corrected(work, debut="10:00", fin="10:01", sur="cleaning")
    said(enter(work.mechanic, "ajouter-temps-oublie", **fields), 422, "un jour n’en a que 24")
    at(travel, 14, 30)
    done(work.mechanic, "activite", activity="training")
    at(travel, 15)
    done(work.mechanic, "pause")  # a clock can always be stopped
    assert segments(work)[-1].ended_at is not None


def test_what_is_strange_is_refused(work: Workshop) -> None:
    assert enter(work.mechanic, "demarrer", ordre="OR-2020-99999").status_code == 422
    assert enter(work.mechanic, "demarrer", ordre=work.number, travail="99").status_code == 422
    assert enter(work.mechanic, "activite", activity="siesta").status_code == 422
    assert enter(work.mechanic, "ajouter-temps-oublie", **corrected(work, sur="")).status_code == 422
    assert enter(work.mechanic, "annuler-chrono", debute="x").status_code == 422
    done(work.mechanic, "pause")
    assert "Aucun chrono ne tournait" in notice(work.mechanic)
    for page in (
        "/temps?jour=hier",
        "/temps?jour=2999-01-01",
        "/temps?personne=x",
        "/temps/releve?du=x&au=&personne=y",
    ):
        assert work.mechanic.get(page).status_code == 200, page
    assert work.mechanic.get("/temps/99").status_code == 404


def test_my_day_shows_what_is_mine_and_ready(work: Workshop, other: str, travel: time_machine.Traveller) -> None:
    empty = "Rien de planifié pour vous. Scannez un véhicule pour commencer."
    said(work.mechanic.get("/ma-journee"), 200, empty)

    def plan(session: Any) -> None:
        session.add(Assignment(order_id=2, user_id=1, day=clock.today(), minutes=90, created_at=clock.now()))

    work.act(plan)
    page = work.mechanic.get("/ma-journee")
    said(page, 200, other, "Portail", "Prévu aujourd’hui", "1 h 30", "Démarrer")
    assert work.number not in page.text
    said(work.mechanic.get("/ma-journee?tout=1"), 200, work.number, other)
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9)
    said(work.mechanic.get("/ma-journee"), 200, "En ce moment", work.number, "Chrono en cours", "depuis 08:00")
    done(work.mechanic, "pause")
    said(work.mechanic.get("/ma-journee"), 200, "Reprendre", work.number, "AB-123-CD")
    work.act(repair_orders.change_state, work.number, OrderState.BLOCKED, HEAD, clock.now(), reason="Clé perdue")
    page = work.mechanic.get("/ma-journee")
    said(page, 200, "En attente (1)")
    assert work.number not in page.text
    said(work.mechanic.get("/ma-journee?attente=1"), 200, work.number, "Bloqué")
    said(work.head.get("/ma-journee"), 200, empty)


def test_the_clock_is_on_every_page_but_its_order_s(work: Workshop, travel: time_machine.Traveller) -> None:
    assert "Chrono en cours" not in work.mechanic.get("/stock/").text
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 9, 24)
    said(work.mechanic.get("/ordres/"), 200, "Chrono en cours", work.number, "depuis 08:00")
    page = work.mechanic.get(work.url)
    said(page, 200, "Pause", "1 h 24")
    assert 'class="chrono' not in page.text
    assert 'class="chrono' not in work.head.get("/ordres/").text
    next_morning(work, travel, 9)
    said(work.mechanic.get("/ordres/"), 200, "chrono-oublie", "le 20/11/2026")


def test_the_end_of_the_day_is_balanced_in_one_tap_each(work: Workshop, travel: time_machine.Traveller) -> None:
    done(work.mechanic, "demarrer", ordre=work.number)
    at(travel, 10)
    done(work.mechanic, "pause")
    at(travel, 10, 30)
    done(work.mechanic, "activite", activity="cleaning")
    at(travel, 12)
    answer = enter(work.mechanic, "fin-de-poste")
    assert answer.location == "/temps/bilan?jour=2026-11-20"
    at(travel, 17)
    page = work.mechanic.get(answer.location)
    said(page, 200, "3 h 30 sur 7 h 00", "10:00 – 10:30", "12:00 – 15:00", work.number, "Nettoyage", "Formation")
    hole = {"jour": "2026-11-20", "debut": "10:00", "fin": "10:30", "sur": "break"}
    done(work.mechanic, "ajouter-temps-oublie", **hole)
    page = work.mechanic.get("/temps/bilan?jour=2026-11-20")
    said(page, 200, "3 h 30 sur 7 h 00", "12:00 – 15:30")
    assert "10:00 – 10:30 <span" not in page.text
    work.act(lambda session: session.add(DayCapacity(user_id=1, day=date(2026, 11, 20), minutes=210)))
    said(work.mechanic.get("/temps/bilan"), 200, "La journée est complète.")
    said(work.mechanic.get("/temps/bilan?jour=2026-11-19"), 200, "Aucun temps ce jour-là.")
    said(work.mechanic.get("/temps/bilan?jour=2026-11-15"), 200, "qui n’est pas travaillé d’habitude")


def test_the_report_counts_orders_against_presence_and_never_ranks(
    work: Workshop, travel: time_machine.Traveller
) -> None:
    at(travel, 18)
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work, fin="11:00"))
    for sur, debut, fin in (("cleaning", "11:00", "12:00"), ("break", "12:00", "13:00")):
        done(work.mechanic, "ajouter-temps-oublie", **corrected(work, sur=sur, debut=debut, fin=fin))
    done(work.head, "ajouter-temps-oublie", **corrected(work, fin="17:00"))
    page = work.head.get("/temps/releve?du=2026-11-01&au=2026-11-30")
    said(page, 200, "Personne 1", "3 h 00", "4 h 00", "75 %", "Personne 2", "100 %")
    table = page.text[page.text.index("<tbody") :]
    assert table.index("Personne 1") < table.index("Personne 2")
    mine = work.mechanic.get("/temps/releve?personne=2")
    said(mine, 200, "Personne 1", "Nettoyage")
    assert "Personne 2" not in mine.text
    lines = work.mechanic.get("/temps/releve.csv?personne=2").text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Personne;Jour;Ordre;Main-d’œuvre;Activité;Minutes;Heures"
    assert lines[1] == f"Personne 1;20/11/2026;{work.number};MO-SER;;180;3,00"
    assert len(lines) == 4
    assert len(work.head.get("/temps/releve.csv").text.splitlines()) == 5
    said(work.head.get("/temps/releve?du=2026-01-01&au=2026-01-31"), 200, "Aucun temps sur cette période.")


def test_the_week_adds_up(work: Workshop, travel: time_machine.Traveller) -> None:
    at(travel, 18)
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work, fin="11:00"))
    done(work.mechanic, "ajouter-temps-oublie", **corrected(work, jour="2026-11-19", fin="08:45"))
    page = work.mechanic.get("/temps")
    said(page, 200, "ven. 20", "3 h 00", "jeu. 19", "0 h 45", "Semaine précédente")
    assert "Semaine suivante" not in page.text
    said(work.mechanic.get("/temps?jour=2026-11-13"), 200, "Aucun temps ce jour-là.", "Semaine suivante")


def test_who_is_on_what_tells_only_those_who_have_a_clock(work: Workshop, travel: time_machine.Traveller) -> None:
    said(work.head.get("/temps/atelier"), 200, "Aucun chrono ne tourne.")
    done(work.mechanic, "activite", activity=Activity.TRAINING.value)
    at(travel, 8, 45)
    page = work.head.get("/temps/atelier")
    said(page, 200, "Personne 1", "Formation", "0 h 45")
    assert "Personne 3" not in page.text


def test_an_offline_entry_keeps_its_author(work: Workshop, travel: time_machine.Traveller) -> None:
    signed = work.mechanic.get("/saisies/jeton").json["auteur"]
    at(travel, 9)
    entered = (clock.now() - timedelta(minutes=30)).isoformat()
    answer = enter(work.head, "demarrer", LATE, ordre=work.number, auteur=signed, saisi_a=entered)
    assert answer.status_code == 201
    (row,) = segments(work)
    assert (row.user_id, row.started_at) == (MECHANIC.id, datetime(2026, 11, 20, 7, 30, tzinfo=UTC))
