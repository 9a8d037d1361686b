"""Requests: received once, answered once, told step by step (features RQ-01 to RQ-03)."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage.db.models.mails import Mail
from garage.db.models.order_records import Photo
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.users import SignInFailure
from garage.db.queries import requests as queries
from garage.db.session import Database
from garage.domain.errors.base import GarageError, NotFound, NotVisible
from garage.domain.errors.collectivities import NoConvention
from garage.domain.errors.repair_orders import ForbiddenTransition, VehicleOfAnother, VehicleOrObject
from garage.domain.errors.requests import (
    AnswerMissing,
    BadPhone,
    ContactMissing,
    OrderElsewhere,
    RequestAnswered,
    TooManyPhotos,
    TooManyRequests,
    WhatMissing,
)
from garage.domain.errors.users import BadEmail, BadName
from garage.domain.errors.workshop import DayPassed
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.requests import RequestState, Step
from garage.operations import mails, order_lines, order_states, repair_orders, requests
from garage.operations.order_records import By
from garage.operations.requests import ANYBODY, Acceptance, NewRequest
from garage.photos import Kept
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW, TODAY

S = OrderState
PHOTO = Kept("a" * 64, 800, 600, 1234)


@pytest.fixture
def garage(database: Database) -> make.Garage:
    with database.transaction() as session:
        return make.garage(session)


def asked(garage: make.Garage, **changes: Any) -> NewRequest:
    words = {
        "name": "Maël Kervella", "email": "mael@bourg.test", "phone": "", "signs": ("Fuite",),
        "text": "Flaque sous le moteur", "vehicle_id": garage.vehicles["BOURG"].id,
    }  # fmt: skip
    return NewRequest(**words | changes)


def receive(session: Session, entered: NewRequest, actor: Actor = ANYBODY, now: datetime = NOW) -> Request:
    return requests.receive(session, entered, actor, now, TODAY)


def take(database: Database, entered: NewRequest, **words: Any) -> str:
    with database.transaction() as session:
        return receive(session, entered, **words).number


def accept(database: Database, number: str, how: Acceptance | None = None, now: datetime = NOW) -> str:
    with database.transaction() as session:
        return requests.accept(session, number, how or Acceptance(), HEAD, now, TODAY).number


def move(database: Database, order: str, state: S, now: datetime, reason: str = "Motif") -> None:
    with database.transaction() as session:
        repair_orders.change_state(session, order, state, HEAD, now, reason=reason)


def row(database: Database, number: str) -> Request:
    with database.reading() as session:
        return session.scalars(select(Request).where(Request.number == number)).one()


def waiting_mails(database: Database) -> list[Mail]:
    with database.reading() as session:
        return list(session.scalars(select(Mail).where(Mail.next_try_at.is_not(None)).order_by(Mail.id)))


def send(database: Database, now: datetime) -> list[str]:
    """What goes at an instant, as a worker would."""
    gone: list[str] = []
    while True:
        with database.transaction() as session:
            taken = mails.take(session, now)
            if taken is None:
                return gone
            mails.sent(session, taken, now)
            gone.append(taken.subject.split("\u00a0: ")[-1])


def test_a_request_is_numbered_and_kept_whole(database: Database, garage: make.Garage) -> None:
    first = take(database, asked(garage, photos=(PHOTO, PHOTO), urgent=True, phone="06.12.34.56.78"))
    assert (first, take(database, asked(garage))) == ("D-2026-00001", "D-2026-00002")
    found = row(database, first)
    assert found.what == "Fuite\nFlaque sous le moteur"
    assert (found.urgent, found.contact_phone, found.contact_email) == (True, "06 12 34 56 78", "mael@bourg.test")
    assert (found.collectivity_id, found.state) == (garage.partner.id, RequestState.RECEIVED)
    assert len(found.follow_token) >= 32
    with database.reading() as session:
        assert session.scalars(select(Photo.request_id)).all() == [found.id]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"signs": (), "text": "  "}, WhatMissing),
        ({"text": "x" * 2001}, WhatMissing),
        ({"name": " "}, BadName),
        ({"email": "mael"}, BadEmail),
        ({"email": "", "phone": "12"}, BadPhone),
        ({"email": "", "phone": "bonjour"}, BadPhone),
        ({"email": ""}, ContactMissing),
        ({"photos": tuple(Kept(str(n) * 64, 1, 1, 1) for n in range(4))}, TooManyPhotos),
        ({"vehicle_id": None, "object_label": "Portail"}, VehicleOrObject),
        ({"vehicle_id": 9999}, NotFound),
    ],
)
def test_what_is_refused(
    database: Database, garage: make.Garage, changes: dict[str, Any], refusal: type[GarageError]
) -> None:
    with pytest.raises(refusal), database.transaction() as session:
        receive(session, asked(garage, **changes))
    assert waiting_mails(database) == []


def test_an_agent_asks_for_its_own_only(database: Database, garage: make.Garage) -> None:
    agent = Actor(None, "Agent", Role.COLLECTIVITY, garage.partner.id)
    with pytest.raises(VehicleOfAnother), database.transaction() as session:
        receive(session, asked(garage, vehicle_id=garage.vehicles["VILLE"].id), agent)
    with pytest.raises(VehicleOrObject), database.transaction() as session:
        receive(session, asked(garage, vehicle_id=None, object_label=" "), agent)
    number = take(database, asked(garage, vehicle_id=None, object_label=" Portail  du dépôt "), actor=agent)
    assert row(database, number).object_label == "Portail du dépôt"
    with database.reading() as session:
        assert queries.one(session, number, garage.partner.id).number == number
        with pytest.raises(NotVisible):
            queries.one(session, number, garage.founder.id)
        with pytest.raises(NotFound):
            queries.one(session, "D-2026-00099", garage.partner.id)
        assert [one.number for one in queries.page(session, queries.RequestFilter(None, garage.founder.id)).rows] == []


def test_the_same_form_is_one_request_and_other_words_another(database: Database, garage: make.Garage) -> None:
    form = asked(garage, form_token="jeton")
    assert take(database, form) == take(database, form) == "D-2026-00001"
    assert take(database, asked(garage, form_token="jeton", text="Autre chose")) == "D-2026-00002"


def test_the_same_form_sent_twice_at_once_is_one_request(database: Database, garage: make.Garage) -> None:
    numbers = at_once(lambda: take(database, asked(garage, form_token="jeton")), 4)
    assert numbers == ["D-2026-00001"] * 4


def at_once(work: Callable[[], str], times: int) -> list[str]:
    """What several threads at once get, refusals by the name of their class."""
    gate, results = threading.Barrier(times), []

    def one() -> None:
        gate.wait()
        try:
            results.append(work())
        except GarageError as refusal:
            results.append(type(refusal).__name__)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_a_vehicle_is_asked_for_six_times_an_hour(database: Database, garage: make.Garage) -> None:
    for minute in range(6):
        take(database, asked(garage, text=f"n° {minute}"), now=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyRequests) as refused:
        take(database, asked(garage), now=NOW + timedelta(minutes=30))
    assert refused.value.retry_at == NOW + timedelta(hours=1)
    take(database, asked(garage, vehicle_id=garage.vehicles["VILLE"].id), now=NOW + timedelta(minutes=30))
    take(database, asked(garage), now=NOW + timedelta(minutes=61))


def test_a_machine_sends_twenty_forms_in_a_quarter_of_an_hour(database: Database) -> None:
    def attempt(address: str, at: datetime) -> None:
        with database.transaction() as session:
            requests.note_attempt(session, address, at)

    for _ in range(20):
        attempt("192.0.2.1", NOW)
    with pytest.raises(TooManyRequests):
        attempt("192.0.2.1", NOW + timedelta(minutes=14))
    attempt("192.0.2.2", NOW)
    attempt("192.0.2.1", NOW + timedelta(minutes=15))
    with database.reading() as session:
        assert len(session.scalars(select(SignInFailure)).all()) == 2, "what no longer counts is forgotten"


def test_accepting_opens_an_order_with_everything(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage, urgent=True, photos=(PHOTO,)))
    how = Acceptance(promised_on=date(2026, 10, 16), service="Voirie", engagement="EJ-1", form_token="jeton")
    order = accept(database, number, how)
    assert accept(database, number, how) == order, "the same form again"
    with database.reading() as session:
        made = session.scalars(select(RepairOrder)).one()
        assert (made.state, made.kind, made.promised_on) == (S.REQUESTED, OrderKind.BREAKDOWN, date(2026, 10, 16))
        assert (made.requester, made.service, made.engagement) == ("Maël Kervella", "Voirie", "EJ-1")
        assert made.reason == "Fuite\nFlaque sous le moteur\nVéhicule ou matériel immobilisé"
        back = queries.of_order(session, made.id)
        assert [one.number for one in back] == [number]
        assert len(queries.photos(session, back[0].id)) == 1
        assert queries.waiting(session) == 0
    with pytest.raises(RequestAnswered):
        accept(database, number)
    with pytest.raises(RequestAnswered), database.transaction() as session:
        requests.refuse(session, number, "Non", HEAD, NOW)


@pytest.mark.parametrize("state", [S.REQUESTED, S.PLANNED, S.IN_PROGRESS])
def test_an_order_may_begin_as(database: Database, garage: make.Garage, state: S) -> None:
    order = accept(database, take(database, asked(garage)), Acceptance(state=state))
    with database.reading() as session:
        made = session.scalars(select(RepairOrder).where(RepairOrder.number == order)).one()
    assert made.state is state


def test_an_order_may_not_begin_done(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    with pytest.raises(ForbiddenTransition):
        accept(database, number, Acceptance(state=S.DONE))
    with pytest.raises(DayPassed):
        accept(database, number, Acceptance(promised_on=date(2026, 10, 11)))
    assert row(database, number).state is RequestState.RECEIVED


def test_without_a_convention_the_head_gives_a_reason(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        other = make.collectivity(session, "SANS")
        vehicle = make.vehicle(session, other, "SANS-1").id
    number = take(database, asked(garage, vehicle_id=vehicle))
    with pytest.raises(NoConvention):
        accept(database, number)
    assert row(database, number).order_id is None
    accept(database, number, Acceptance(forced_reason="Convention à la signature"))


def test_a_request_is_tied_to_an_open_order_of_the_same_thing(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        mine = make.order(session, garage.partner, TODAY, vehicle_id=garage.vehicles["BOURG"].id).number
        other = make.order(session, garage.founder, TODAY, vehicle_id=garage.vehicles["VILLE"].id).number
        closed = make.order(session, garage.partner, TODAY, vehicle_id=garage.vehicles["BOURG"].id).number
        repair_orders.change_state(session, closed, S.CANCELLED, HEAD, NOW, reason="Erreur")
    number = take(database, asked(garage))
    with database.reading() as session:
        assert [one.number for one in queries.open_orders(session, queries.one(session, number))] == [mine]
    for wrong in (other, closed):
        with pytest.raises(OrderElsewhere):
            accept(database, number, Acceptance(order=wrong))
    assert accept(database, number, Acceptance(order=mine)) == mine
    with database.transaction() as session:
        assert requests.reopen(session, number, HEAD, NOW) == mine, "it was open before: it stays open"
    assert row(database, number).state is RequestState.RECEIVED


def test_two_heads_accept_at_once(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    assert at_once(lambda: accept(database, number), 3) == ["OR-2026-00001", "RequestAnswered", "RequestAnswered"]
    with database.reading() as session:
        assert len(session.scalars(select(RepairOrder)).all()) == 1


def test_taking_back_cancels_what_nobody_touched(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    order = accept(database, number, Acceptance(state=S.IN_PROGRESS))
    with database.transaction() as session:
        assert requests.reopen(session, number, HEAD, NOW) is None
        assert requests.reopen(session, number, HEAD, NOW) is None, "twice changes nothing"
    with database.reading() as session:
        assert session.scalars(select(RepairOrder.state)).one() is S.CANCELLED
    again = accept(database, number)
    assert again != order
    with database.transaction() as session:
        made = session.scalars(select(RepairOrder).where(RepairOrder.number == again)).one()
        make.labour(session, made)
        assert requests.reopen(session, number, HEAD, NOW) == again, "work was done: the order stays"


def test_a_refusal_has_its_answer_and_may_be_taken_back(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    with pytest.raises(AnswerMissing), database.transaction() as session:
        requests.refuse(session, number, " ", HEAD, NOW)
    for _ in range(2):
        with database.transaction() as session:
            requests.refuse(session, number, "Véhicule réformé", HEAD, NOW)
    assert (row(database, number).state, row(database, number).answer) == (RequestState.REFUSED, "Véhicule réformé")
    with pytest.raises(RequestAnswered):
        accept(database, number)
    send(database, NOW)
    with database.transaction() as session:
        requests.reopen(session, number, HEAD, NOW + timedelta(minutes=1))
    assert waiting_mails(database) == [], "the refusal was not told yet"
    assert row(database, number).answer is None


# News.


def test_each_step_is_told_once_and_late_enough_to_be_undone(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    assert send(database, NOW) == ["reçue"]
    order = accept(database, number)
    assert send(database, NOW + timedelta(seconds=119)) == []
    assert send(database, NOW + timedelta(minutes=2)) == ["acceptée"]
    at = NOW
    told: list[str] = []
    for state in (S.PLANNED, S.IN_PROGRESS, S.WAITING_PART, S.BLOCKED, S.WAITING_AGREEMENT, S.IN_PROGRESS):
        at += timedelta(minutes=10)
        move(database, order, state, at)
        told += send(database, at + timedelta(minutes=5))
    assert told == ["planifiée", "en atelier", "en attente", "en atelier"]
    with database.transaction() as session:
        make.labour(session, session.scalars(select(RepairOrder)).one())
        repair_orders.finish(session, order, "Fait", None, HEAD, at)
        repair_orders.check(session, order, TODAY, HEAD, at, TODAY)
    assert send(database, at + timedelta(minutes=5)) == ["prête"]
    with database.reading() as session:
        steps = [step for step, _ in queries.followed(session, row(database, number).follow_token).steps]
    assert steps == [
        Step.ASKED, Step.ACCEPTED, Step.PLANNED, Step.IN_WORKSHOP, Step.WAITING, Step.IN_WORKSHOP, Step.READY,
    ]  # fmt: skip


def test_what_was_left_again_within_two_minutes_is_not_told(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    order = accept(database, number, Acceptance(state=S.IN_PROGRESS))
    send(database, NOW + timedelta(minutes=2))
    for second in range(0, 100, 20):
        state = S.WAITING_PART if second % 40 == 0 else S.IN_PROGRESS
        move(database, order, state, NOW + timedelta(minutes=10, seconds=second))
    move(database, order, S.IN_PROGRESS, NOW + timedelta(minutes=11, seconds=40))
    assert send(database, NOW + timedelta(hours=1)) == []
    with database.reading() as session:
        assert len(session.scalars(select(Mail)).all()) == 2, "nothing is left of what was not told"


def test_an_older_news_never_follows_a_newer_one(database: Database, garage: make.Garage) -> None:
    """The server was away: only the last step is told, though the first was tried."""
    number = take(database, asked(garage))
    send(database, NOW)
    order = accept(database, number)
    with database.transaction() as session:
        taken = mails.take(session, NOW + timedelta(minutes=2))
        assert taken
        mails.failed(session, taken, "Serveur injoignable", NOW + timedelta(minutes=2))
    move(database, order, S.PLANNED, NOW + timedelta(minutes=2, seconds=30))
    assert send(database, NOW + timedelta(hours=1)) == ["planifiée"]
    move(database, order, S.REQUESTED, NOW + timedelta(hours=2))
    assert send(database, NOW + timedelta(hours=3)) == ["acceptée"], "now it is news"


def test_a_mail_in_flight_is_told_though_superseded(database: Database, garage: make.Garage) -> None:
    order = accept(database, take(database, asked(garage)))
    send(database, NOW)
    with database.transaction() as session:
        taken = mails.take(session, NOW + timedelta(minutes=2))
    assert taken
    move(database, order, S.PLANNED, NOW + timedelta(minutes=2))
    with database.transaction() as session:
        mails.sent(session, taken, NOW + timedelta(minutes=2))
    move(database, order, S.REQUESTED, NOW + timedelta(minutes=3))
    assert send(database, NOW + timedelta(hours=1)) == [], "acceptée went already"


def test_the_promised_day_is_told_when_it_changes(database: Database, garage: make.Garage) -> None:
    order = accept(database, take(database, asked(garage)), Acceptance(state=S.PLANNED))
    send(database, NOW)

    def promise(day: date | None, minutes: int) -> None:
        with database.transaction() as session:
            order_states.promise(session, order, day, None, By(HEAD, HEAD, *2 * [NOW + timedelta(minutes=minutes)]))

    promise(date(2026, 10, 15), 1)
    mail = waiting_mails(database)
    assert [one.subject for one in mail] == ["Demande D-2026-00001\u00a0: planifiée"]
    assert "Fin prévue le jeudi 15 octobre 2026." in mail[0].body
    assert send(database, NOW + timedelta(minutes=5)) == ["planifiée"]
    promise(date(2026, 10, 16), 10)
    promise(date(2026, 10, 15), 11)
    assert send(database, NOW + timedelta(minutes=20)) == [], "as it was told"
    promise(date(2026, 10, 19), 20)
    assert send(database, NOW + timedelta(minutes=30)) == ["nouveau jour prévu"]
    promise(None, 30)
    assert send(database, NOW + timedelta(minutes=40)) == ["jour prévu retiré"]
    promise(date(2026, 10, 19), 40)
    assert send(database, NOW + timedelta(minutes=50)) == ["nouveau jour prévu"]


def test_work_entered_on_a_planned_order_is_news(database: Database, garage: make.Garage) -> None:
    order = accept(database, take(database, asked(garage)), Acceptance(state=S.PLANNED))
    send(database, NOW + timedelta(minutes=2))
    with database.transaction() as session:
        made = session.scalars(select(RepairOrder).where(RepairOrder.number == order)).one()
        order_lines.add_labour(session, make.entry(made), "MO-VL", 60, None)
    assert send(database, NOW + timedelta(hours=1)) == ["en atelier"]


def test_a_refusal_then_its_correction_are_told(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage))
    with database.transaction() as session:
        requests.refuse(session, number, "Véhicule réformé\u202f!", HEAD, NOW)
    assert "Véhicule réformé\u202f!" in waiting_mails(database)[1].body
    assert send(database, NOW + timedelta(minutes=3)) == ["reçue", "refusée"]
    with database.transaction() as session:
        requests.reopen(session, number, HEAD, NOW + timedelta(minutes=5))
    assert send(database, NOW + timedelta(minutes=10)) == ["à l’étude"]


def test_a_cancelled_order_is_told(database: Database, garage: make.Garage) -> None:
    order = accept(database, take(database, asked(garage)))
    send(database, NOW + timedelta(minutes=5))
    move(database, order, S.CANCELLED, NOW + timedelta(minutes=6), reason="Interne")
    assert send(database, NOW + timedelta(minutes=10)) == ["annulée"]
    with database.reading() as session:
        assert not [body for body in session.scalars(select(Mail.body)) if "Interne" in body]


def test_every_requester_of_an_order_is_told(database: Database, garage: make.Garage) -> None:
    first, second = take(database, asked(garage)), take(database, asked(garage, email="autre@bourg.test", text="Bruit"))
    silent = take(database, asked(garage, email="", phone="0298000000", text="Odeur"))
    order = accept(database, first)
    for number in (second, silent):
        accept(database, number, Acceptance(order=order))
    send(database, NOW + timedelta(minutes=5))
    move(database, order, S.IN_PROGRESS, NOW + timedelta(minutes=6))
    assert sorted(one.recipient for one in waiting_mails(database)) == ["autre@bourg.test", "mael@bourg.test"]


def test_no_word_of_a_stranger_is_in_a_mail(database: Database, garage: make.Garage) -> None:
    number = take(database, asked(garage, name="Achetez maintenant", text="https://ailleurs.test"))
    accept(database, number)
    with database.reading() as session:
        for mail in session.scalars(select(Mail)):
            assert "Achetez" not in mail.body + mail.subject
            assert "ailleurs.test" not in mail.body
            assert f"{{site}}/suivi/{row(database, number).follow_token}" in mail.body


# What a street may see, and what is forgotten.


def test_an_open_request_is_only_said_to_be(database: Database, garage: make.Garage) -> None:
    vehicle = garage.vehicles["BOURG"].id

    def since() -> datetime | None:
        with database.reading() as session:
            return queries.under_way_since(session, vehicle)

    assert since() is None
    number = take(database, asked(garage))
    assert since() == NOW
    order = accept(database, number)
    assert since() == NOW
    move(database, order, S.CANCELLED, NOW)
    assert since() is None


def test_requesters_are_forgotten_a_year_later(database: Database, garage: make.Garage) -> None:
    refused, worked, open_one = (take(database, asked(garage, text=str(n))) for n in range(3))
    with database.transaction() as session:
        requests.refuse(session, refused, "Non", HEAD, NOW)
    move(database, accept(database, worked), S.CANCELLED, NOW)
    accept(database, open_one)
    later = NOW + timedelta(days=366)
    with database.transaction() as session:
        assert requests.forget_requesters(session, NOW + timedelta(days=364)) == 0
        assert requests.forget_requesters(session, later) == 2
        assert requests.forget_requesters(session, later) == 0
        session.execute(update(Mail).values(next_try_at=None))
        assert mails.forget(session, later - timedelta(days=365)) > 0
    named = {one: row(database, one).contact_name for one in (refused, worked, open_one)}
    assert named == {refused: "Effacé", worked: "Effacé", open_one: "Maël Kervella"}
    assert row(database, worked).contact_email is None
    assert row(database, worked).what == "Fuite\n1"
