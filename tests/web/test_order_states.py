"""Orders that wait, are blocked, go on, are promised, are finished, through their entries (rules O2, O4, O5)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.order_works import OrderCheck, OrderWork
from garage.db.models.repair_orders import OrderLine, OrderStateChange
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.repair_orders import ClosingBlocked
from garage.domain.order_works import WorkState
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.order_lines import Entry, External
from garage.web.order_record import waits
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said

S = OrderState
OUTBOX = {"X-Saisie": "1"}
LATE = {"X-Saisie": "rejouee"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def send(work: Workshop, slug: str, key: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    data = {"ordre": work.number, "cle": key} | more
    return work.mechanic.post(f"/saisies/{slug}", data=data, headers=headers or {})


def changes(work: Workshop) -> list[tuple[OrderState, str | None]]:
    with work.site.database.reading() as session:
        rows = select(OrderStateChange.state, OrderStateChange.reason).order_by(OrderStateChange.id)
        return [(row.state, row.reason) for row in session.execute(rows)]


def undo(work: Workshop) -> str:
    """The address of the bar that undoes what has just been done."""
    page = work.mechanic.get("/ordres/").text
    address = page.rsplit('class="annuler"', 1)[1].split('action="/saisies/')[1].split('"')[0].replace("&amp;", "&")
    return f"/saisies/{address}"


@pytest.mark.parametrize(
    ("slug", "state", "fields"),
    [
        ("bloquer", S.BLOCKED, {"reason": "Besoin du chef"}),
        ("attendre-piece", S.WAITING_PART, {"reason": "Filtre"}),
        ("attendre-accord", S.WAITING_AGREEMENT, {}),
    ],
)
def test_an_order_stops_and_the_stop_is_taken_back(
    work: Workshop, slug: str, state: OrderState, fields: dict[str, str]
) -> None:
    assert send(work, slug, "s1", **fields).status_code == 303
    assert work.order().state is state
    assert send(work, slug, "s1", headers=LATE, **fields).status_code == 409
    assert work.mechanic.post(undo(work)).status_code == 303
    assert work.order().state is S.IN_PROGRESS
    assert [one for one, _ in changes(work)] == [S.IN_PROGRESS, state, S.IN_PROGRESS]


def test_what_was_stopped_goes_on_and_going_on_is_taken_back_with_its_reason(work: Workshop) -> None:
    expected = clock.today() + timedelta(days=3)
    send(work, "attendre-piece", "s1", reason="Filtre", on=expected.isoformat())
    assert work.order().expected_on == expected
    assert send(work, "reprendre", "s2").status_code == 303
    assert (work.order().state, work.order().expected_on) == (S.IN_PROGRESS, None)
    assert work.mechanic.post(undo(work)).status_code == 303
    assert (work.order().state, work.order().expected_on) == (S.WAITING_PART, expected)
    assert changes(work)[-1] == (S.WAITING_PART, "Filtre")
    assert send(work, "reprendre", "s3").status_code == 303
    assert send(work, "reprendre", "s4").status_code == 303
    assert work.order().state is S.IN_PROGRESS


def test_blocking_needs_a_reason(work: Workshop) -> None:
    for reason in ("", "  "):
        told = send(work, "bloquer", f"b{len(reason)}", headers=OUTBOX, reason=reason)
        assert (told.status_code, told.json["erreurs"][0]["champ"]) == (422, "reason")
    said(send(work, "bloquer", "b9", reason="x" * 501), 422, "au plus 500 caractères")
    assert work.order().state is S.IN_PROGRESS


def test_the_day_of_a_part_is_to_come_and_may_change(work: Workshop) -> None:
    past = clock.today() - timedelta(days=2)
    said(send(work, "attendre-piece", "s1", on=past.isoformat()), 422, "est passé : choisissez un jour à venir")
    said(send(work, "attendre-piece", "s2", on="jeudi"), 422, "Saisissez une date")
    assert work.order().state is S.IN_PROGRESS
    soon, later = (clock.today() + timedelta(days=n) for n in (2, 9))
    send(work, "attendre-piece", "s3", on=soon.isoformat())
    send(work, "attendre-piece", "s4", on=later.isoformat())
    assert (work.order().expected_on, len(changes(work))) == (later, 2)
    assert work.mechanic.post(undo(work)).status_code == 303
    assert (work.order().expected_on, work.order().state) == (soon, S.WAITING_PART)


def test_a_planned_order_that_was_blocked_is_planned_again(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.execute(update(OrderStateChange).values(state=S.PLANNED))
        order = session.merge(work.order())
        order.state = S.PLANNED
    send(work, "bloquer", "s1", reason="Véhicule indisponible")
    assert work.mechanic.post(undo(work)).status_code == 303
    assert work.order().state is S.PLANNED


def test_what_went_on_since_is_not_taken_back(work: Workshop) -> None:
    send(work, "bloquer", "s1", reason="Besoin du chef")
    address = undo(work)
    send(work, "reprendre", "s2")
    said(work.mechanic.post(address), 422, "En cours", "plus rien à annuler")
    said(send(work, "revenir-etat", "s3", etat="in_progress", avant=""), 303)
    assert work.order().state is S.BLOCKED
    assert send(work, "revenir-etat", "s4", etat="nimporte").status_code == 422


def test_a_check_is_never_taken_back_by_undo(work: Workshop) -> None:
    _labour(work)
    work.act(repair_orders.finish, work.number, "Fait", None, HEAD, clock.now())
    work.act(repair_orders.change_state, work.number, S.IN_PROGRESS, HEAD, clock.now())
    said(send(work, "revenir-etat", "s1", etat="in_progress"), 422, "plus rien à annuler")
    assert work.order().state is S.IN_PROGRESS


def test_a_stop_entered_offline_counts_from_its_own_time(work: Workshop) -> None:
    now = clock.now()
    with work.site.database.transaction() as session:
        session.execute(update(OrderStateChange).values(at=now - timedelta(hours=5)))
    entered = (now - timedelta(hours=2)).isoformat()
    fields = {"reason": "Pièce manquante", "saisi_a": entered, "envoye_a": now.isoformat()}
    assert send(work, "bloquer", "s1", headers=LATE, **fields).status_code == 201
    early = (now - timedelta(hours=4)).isoformat()
    assert send(work, "reprendre", "s2", headers=LATE, saisi_a=early, envoye_a=now.isoformat()).status_code == 201
    with work.site.database.reading() as session:
        rows = session.scalars(select(OrderStateChange.at).order_by(OrderStateChange.id)).all()
    assert rows == sorted(rows)
    assert abs(rows[1] - (now - timedelta(hours=2))) < timedelta(seconds=5)


def test_days_of_waiting_are_counted_by_state(work: Workshop) -> None:
    class Row:
        def __init__(self, state: OrderState, day: int) -> None:
            self.state, self.at = state, clock.now() + timedelta(days=day)

    rows: list[Any] = [
        Row(S.IN_PROGRESS, 0), Row(S.WAITING_PART, 1), Row(S.WAITING_AGREEMENT, 8), Row(S.WAITING_PART, 9),
        Row(S.IN_PROGRESS, 14),
    ]  # fmt: skip
    told = [text.replace("\u00a0", " ") for text in waits(rows, clock.now() + timedelta(days=20))]
    assert told == ["12 jours en attente de pièce", "1 jour en attente d’accord"]


def test_a_promise_is_made_changed_by_one_and_disputed_by_two(work: Workshop) -> None:
    first, second = (clock.today() + timedelta(days=n) for n in (2, 5))
    assert send(work, "promettre", "p1", on=first.isoformat(), vu="").status_code == 303
    assert work.order().promised_on == first
    answer = work.head.post(
        "/saisies/promettre", data={"ordre": work.number, "on": second.isoformat(), "vu": "", "cle": "p2"}
    )
    said(answer, 409, "Personne 1", f"{first:%d/%m/%Y}", f"{second:%d/%m/%Y}")
    answer = work.head.post(
        "/saisies/promettre", data={"ordre": work.number, "on": "", "vu": first.isoformat(), "cle": "p3"}
    )
    assert answer.status_code == 303
    assert work.order().promised_on is None
    past = clock.today() - timedelta(days=1)
    said(send(work, "promettre", "p4", on=past.isoformat(), vu=""), 422, "est passé")
    with work.site.database.reading() as session:
        acts = session.scalars(select(JournalEntry).where(JournalEntry.action == "order.promise")).all()
    assert [act.data["to"] for act in acts] == [first.isoformat(), None]


def test_the_page_of_a_state_sends_an_entry(work: Workshop) -> None:
    said(work.mechanic.get(f"{work.url}/etat/bloque"), 200, 'action="/saisies/bloquer"', "Motif")
    said(
        work.mechanic.get(f"{work.url}/etat/attente-piece"), 200, 'action="/saisies/attendre-piece"', "Livraison prévue"
    )
    said(work.head.get(f"{work.url}/etat/annule"), 200, "ne se rouvre pas")


def _labour(work: Workshop, minutes: int = 60) -> None:
    entry = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today())
    work.act(order_lines.add_labour, entry, "MO-VL", minutes, 1)


def _external(work: Workshop, cost: Decimal | None = None) -> None:
    entry = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today(), label="Rectification")
    work.act(order_lines.add_external, entry, External("Pneus", None, Decimal(1), cost))


def _todo(work: Workshop, answered: bool = False) -> None:
    with work.site.database.transaction() as session:
        one = OrderWork(order_id=work.order().id, rank=1, label="Vidange", state=WorkState.TODO, created_at=clock.now())
        session.add(one)
        session.flush()
        session.add(OrderCheck(work_id=one.id, rank=1, label="Niveaux", result="ok" if answered else None))


def _clock(work: Workshop, user: int, **more: Any) -> None:
    with work.site.database.transaction() as session:
        start = clock.now() - timedelta(minutes=30)
        values = {"started_at": start, "created_at": start, "code": "MO-VL"} | more
        session.add(ClockSegment(user_id=user, order_id=work.order().id, **values))


def test_the_page_lists_all_that_is_missing_and_where_to_complete_it(work: Workshop) -> None:
    page = work.mechanic.get(f"{work.url}/terminer")
    said(page, 200, "Il manque, pour terminer", "Aucune ligne n’est saisie", f'href="{work.url}/temps"')
    _external(work)
    _todo(work)
    _clock(work, 2)
    page = work.mechanic.get(f"{work.url}/terminer")
    said(
        page, 200, "À vérifier avant de terminer", "1 travail n’est ni coché, ni reporté",
        "1 point à contrôler sans réponse", "La facture d’un fournisseur est attendue",
        "Personne 2 travaille encore sur cet ordre", "Aucun temps n’est saisi",
        f'href="{work.url}/lignes/1/cout"', f'href="{work.url}#travaux"',
    )  # fmt: skip
    assert "Il manque, pour terminer" not in page.text


def test_finishing_is_an_entry(work: Workshop) -> None:
    _labour(work)
    said(work.mechanic.get(f"{work.url}/terminer"), 200, "Rien ne manque", "Dernier relevé : 84 310 km")
    answer = send(work, "terminer", "t1", works="Vidange\r\nfiltre", meter="84 350 km", vu="84310")
    assert (answer.status_code, answer.location) == (303, work.url)
    assert (work.order().state, work.order().works, work.order().meter) == (S.TO_CHECK, "Vidange\r\nfiltre", 84350)
    assert send(work, "terminer", "t1", headers=LATE).status_code == 409
    said(work.mechanic.get(f"{work.url}/terminer"), 422, "Un ordre « À contrôler » ne peut pas passer")
    said(send(work, "terminer", "t2"), 422, "ne peut pas passer")
    late = send(work, "terminer", "t3", headers=LATE, works="Une autre fois")
    assert late.status_code == 202


def test_what_blocks_keeps_the_words_and_changes_nothing(work: Workshop) -> None:
    said(
        send(work, "terminer", "t1", works="Vidange", meter="84400"),
        422,
        "aucune ligne n’est saisie",
        "Vidange</textarea>",
    )
    assert (work.order().state, work.order().meter) == (S.IN_PROGRESS, 84310)
    _labour(work)
    said(send(work, "terminer", "t2", meter="12"), 422, "Le compteur recule", 'value="Compteur remplacé"')
    assert work.order().state is S.IN_PROGRESS
    assert send(work, "terminer", "t3", meter="12", reason="Compteur remplacé").status_code == 303
    assert (work.order().meter, work.order().state) == (12, S.TO_CHECK)


def test_finishing_stops_one_s_own_clock_and_counts_it(work: Workshop) -> None:
    _clock(work, 1)
    said(work.mechanic.get(f"{work.url}/terminer"), 200, "Votre chrono tourne sur cet ordre")
    assert send(work, "terminer", "t1", works="Fait").status_code == 303
    assert work.order().state is S.TO_CHECK
    with work.site.database.reading() as session:
        (segment,) = session.scalars(select(ClockSegment))
        (line,) = session.scalars(select(OrderLine))
    assert segment.ended_at is not None
    assert line.minutes in (29, 30, 31)


def test_a_colleague_s_clock_warns_the_mechanic_and_blocks_the_head(work: Workshop) -> None:
    _labour(work)
    _clock(work, 2)
    assert send(work, "terminer", "t1").status_code == 303
    with pytest.raises(ClosingBlocked) as blocked:
        work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    assert blocked.value.codes == ("clock_running",)


def test_a_forgotten_clock_and_an_expected_invoice_block_the_head(work: Workshop) -> None:
    _labour(work)
    _external(work)
    _clock(work, 1, ended_at=clock.now(), to_confirm=True)
    assert send(work, "terminer", "t1").status_code == 303
    with pytest.raises(ClosingBlocked) as blocked:
        work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    assert blocked.value.codes == ("invoice_expected", "clock_unsure")


def test_points_of_a_work_put_off_are_not_asked_for(work: Workshop) -> None:
    _labour(work)
    _todo(work)
    with work.site.database.transaction() as session:
        session.execute(update(OrderWork).values(state=WorkState.POSTPONED))
    said(work.mechanic.get(f"{work.url}/terminer"), 200, "Rien ne manque")


def test_an_object_is_finished_without_a_meter(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        gate = make.order(session, work.garage.partner)
        make.labour(session, gate)
    page = work.mechanic.get(f"/ordres/{gate.number}/terminer")
    said(page, 200, "Rien ne manque")
    assert "Compteur" not in page.text.split("<main")[1]
    assert send(work, "terminer", "t1", ordre=gate.number, meter="12").status_code == 303


def test_two_people_finish_at_once_and_one_does(work: Workshop) -> None:
    _labour(work)

    def finish(client: FlaskClient) -> int:
        data = {"ordre": work.number, "cle": f"t{id(client)}", "works": "Fait"}
        return client.post("/saisies/terminer", data=data).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(finish, (work.mechanic, work.head))) == [303, 422]
    assert [state for state, _ in changes(work)] == [S.IN_PROGRESS, S.TO_CHECK]


def test_two_people_stop_an_order_at_once_and_no_change_is_lost(work: Workshop) -> None:
    def stop(asked: tuple[FlaskClient, str]) -> int:
        client, slug = asked
        data = {"ordre": work.number, "cle": slug, "reason": "Pont pris"}
        return client.post(f"/saisies/{slug}", data=data).status_code

    with ThreadPoolExecutor(2) as pool:
        asked = ((work.mechanic, "bloquer"), (work.head, "attendre-accord"))
        assert list(pool.map(stop, asked)) == [303, 303]
    assert {state for state, _ in changes(work)} == {S.IN_PROGRESS, S.BLOCKED, S.WAITING_AGREEMENT}
    assert changes(work)[-1][0] is work.order().state
