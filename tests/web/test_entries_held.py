"""Entries held for the head: both versions, applied after all under his right, corrected, or set aside; once."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import select, update

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.journal import JournalEntry
from garage.db.models.order_records import Photo
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.domain.entries import EntryState
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders

from .harness import Site
from .workshop import HEAD, Workshop, build, said

LATE = {"X-Saisie": "rejouee"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def part(work: Workshop, key: str, **more: str) -> dict[str, str]:
    return {"ordre": work.number, "reference": work.garage.parts["P1"].reference, "quantity": "1", "cle": key} | more


def entry(work: Workshop, key: str) -> Entry:
    with work.site.database.reading() as session:
        return session.scalars(select(Entry).where(Entry.key == key)).one()


def move(work: Workshop, state: OrderState, reason: str = "Doublon") -> None:
    work.act(repair_orders.change_state, work.number, state, HEAD, clock.now(), reason=reason)


def held_part(work: Workshop, key: str = "h1", **more: str) -> Entry:
    """A part entered yesterday on an order cancelled since, and the order open again."""
    entered = (clock.now() - timedelta(hours=20)).isoformat()
    move(work, OrderState.CANCELLED)
    sent = part(work, key, saisi_a=entered, **more)
    assert work.mechanic.post("/saisies/piece", data=sent, headers=LATE).status_code == 202
    return entry(work, key)


def reopened(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.execute(update(RepairOrder).where(RepairOrder.number == work.number).values(state="in_progress"))


def address(held: Entry, act: str = "") -> str:
    return f"/saisies/a-verifier/{held.id}{act}"


def test_the_head_sees_both_versions(work: Workshop) -> None:
    held = held_part(work)
    reference = work.garage.parts["P1"].reference
    page = work.head.get("/saisies/a-verifier")
    said(page, 200, "1 saisie en attente", "Ce qui a été saisi", "Personne 1", "Quantité", reference, work.number)
    said(page, 200, "Ce qui est enregistré", "Annulé", "Doublon", "Personne 2", "il ne reçoit plus")
    said(page, 200, "Enregistrer maintenant", address(held))
    assert work.mechanic.get("/saisies/a-verifier").status_code == 403


def test_nothing_to_check_says_when_something_comes(work: Workshop) -> None:
    said(work.head.get("/saisies/a-verifier"), 200, "Aucune saisie à vérifier")
    said(work.mechanic.get("/saisies"), 200, "Aucune de vos saisies", "Aucune saisie n’attend sur cet appareil")


def test_refused_again_it_stays_and_the_page_says_why(work: Workshop) -> None:
    held = held_part(work)
    said(work.head.post(address(held)), 422, "Annulé", "Modifier la saisie")
    assert entry(work, "h1").state is EntryState.HELD
    assert work.count(OrderLine) == 0


def test_applied_after_all_it_is_its_author_s_on_his_day(work: Workshop) -> None:
    held = held_part(work)
    reopened(work)
    answer = work.head.post(address(held))
    assert (answer.status_code, answer.location) == (303, "/saisies/a-verifier")
    said(work.head.get("/saisies/a-verifier"), 200, "Saisie de Personne 1 enregistrée", "Aucune saisie à vérifier")
    after = entry(work, "h1")
    assert (after.state, after.resolved_by_id, after.resolution) == (EntryState.APPLIED_LATER, 2, None)
    (line,) = work.lines()
    assert (line.done_on, line.quantity, line.form_token) == (clock.paris_day(held.entered_at), Decimal(1), "h1")
    said(work.mechanic.get("/saisies"), 200, "Enregistrée après vérification", work.number)
    assert work.mechanic.post("/saisies/piece", data=part(work, "h1"), headers=LATE).status_code == 409
    said(work.head.get(address(held)), 303)


def test_the_head_may_correct_it_first(work: Workshop) -> None:
    held = held_part(work)
    reopened(work)
    said(work.head.get(address(held)), 200, "Ce qui sera enregistré", 'value="1"')
    said(work.head.post(address(held), data={"modifie": "1", "quantity": "beaucoup"}), 422, "beaucoup", "un nombre")
    assert work.head.post(address(held), data={"modifie": "1", "quantity": "2"}).status_code == 303
    assert [line.quantity for line in work.lines()] == [Decimal(2)]
    assert entry(work, "h1").resolution == "Quantité\u00a0: 2 au lieu de 1"
    assert entry(work, "h1").data["quantity"] == "1"


def test_set_aside_with_a_reason_that_its_author_reads(work: Workshop) -> None:
    held = held_part(work)
    said(work.head.get(address(held, "/ecarter")), 200, "Écarter la saisie", "Ce qui a été saisi")
    said(work.head.post(address(held, "/ecarter"), data={}), 422, "Écrivez le motif")
    said(work.head.post(address(held, "/ecarter"), data={"reason": " "}), 422, "otif")
    assert work.head.post(address(held, "/ecarter"), data={"reason": "Saisi deux fois"}).status_code == 303
    assert entry(work, "h1").state is EntryState.SET_ASIDE
    said(work.mechanic.get("/saisies"), 200, "Écartée", "Saisi deux fois", "Personne 2")
    for act in ("", "/ecarter"):
        assert work.head.post(address(held, act), data={"reason": "Encore"}).location == "/saisies/a-verifier"
    said(work.head.get("/saisies/a-verifier"), 200, "a déjà été traitée")
    with work.site.database.reading() as session:
        assert session.scalars(select(JournalEntry.action).where(JournalEntry.action == "entry.resolve")).all() == [
            "entry.resolve"
        ]


def test_two_heads_at_once_apply_it_once(work: Workshop) -> None:
    held = held_part(work)
    reopened(work)
    clients = [work.site.client(Role.HEAD) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: client.post(address(held)).status_code, clients))
    assert set(answers) == {303}
    assert work.count(OrderLine) == 1


def test_two_values_for_one_field_are_both_shown_and_the_head_chooses(work: Workshop) -> None:
    by_hand = {"ordre": work.number, "meter": "84400", "vu": "84310", "cle": "m1"}
    assert work.head.post("/saisies/compteur", data=by_hand, headers={"X-Saisie": "1"}).status_code == 201
    late = {"ordre": work.number, "meter": "84500", "vu": "84310", "cle": "m2"}
    assert work.mechanic.post("/saisies/compteur", data=late, headers=LATE).status_code == 202
    held = entry(work, "m2")
    page = work.head.post(address(held))
    said(page, 409, "Deux valeurs différentes", "84 400", "84 500", "Remplacer par")
    assert work.order().meter == 84400
    chosen = {"modifie": "1", "meter": "84500", "vu": "84400"}
    assert work.head.post(address(held), data=chosen).status_code == 303
    assert work.order().meter == 84500
    assert entry(work, "m2").state is EntryState.APPLIED_LATER


def test_the_photo_of_a_held_entry_is_shown_and_then_on_its_order(work: Workshop) -> None:
    out = io.BytesIO()
    Image.effect_noise((60, 40), 60).convert("RGB").save(out, "JPEG")
    move(work, OrderState.CANCELLED)
    sent = {"ordre": work.number, "cle": "p1", "photo": (io.BytesIO(out.getvalue()), "photo.jpg")}
    answer = work.mechanic.post("/saisies/photo", data=sent, headers=LATE, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.text
    held = entry(work, "p1")
    said(work.head.get("/saisies/a-verifier"), 200, address(held, "/photo"))
    shown = work.head.get(address(held, "/photo"))
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    shown.close()
    reopened(work)
    assert work.head.post(address(held)).status_code == 303
    assert work.count(Photo) == 1
    assert work.mechanic.get(address(held, "/photo")).status_code == 403


def test_an_entry_of_a_kind_that_is_no_more_is_kept_and_can_only_be_set_aside(work: Workshop) -> None:
    sent = {"ordre": work.number, "valeur": "3", "cle": "v1"}
    assert work.mechanic.post("/saisies/ancienne", data=sent, headers=LATE).status_code == 202
    held = entry(work, "v1")
    assert (held.kind, held.subject, held.data) == ("ancienne", work.number, {"ordre": work.number, "valeur": "3"})
    page = work.head.get("/saisies/a-verifier")
    said(page, 200, "ancienne", "valeur", address(held, "/ecarter"))
    assert "Enregistrer maintenant" not in page.text
    assert work.head.post(address(held)).status_code == 404
    assert work.head.post(address(held, "/ecarter"), data={"reason": "Sans objet"}).status_code == 303


def test_somebody_who_left_is_still_the_author(work: Workshop) -> None:
    signed = work.mechanic.get("/saisies/jeton").json["auteur"]
    with work.site.database.transaction() as session:
        session.execute(update(User).where(User.id == 1).values(active=False))
    sent = part(work, "l1", auteur=signed)
    assert work.head.post("/saisies/piece", data=sent, headers=LATE).status_code == 202
    held = entry(work, "l1")
    assert (held.author_id, held.sender_id) == (1, 2)
    said(work.head.get("/saisies/a-verifier"), 200, "Envoyé depuis la session de Personne 2")
    assert work.head.post(address(held)).status_code == 303
    assert work.count(OrderLine) == 1
