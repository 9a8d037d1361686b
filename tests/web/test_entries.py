"""The one address of entries: once whatever happens, by its author, at its own time; late ones wait for the head."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine
from garage.domain.entries import EntryState
from garage.domain.errors.workshop import BadPhoto
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders
from garage.photos import PhotoStore

from .harness import Site
from .workshop import HEAD, Workshop, build, said

OUTBOX = {"X-Saisie": "1"}
LATE = {"X-Saisie": "rejouee"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def part(work: Workshop, key: str = "c1", **more: str) -> dict[str, str]:
    return {"ordre": work.number, "reference": work.garage.parts["P1"].reference, "quantity": "1", "cle": key} | more


def entries(work: Workshop) -> list[Entry]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(Entry).order_by(Entry.id)))


def test_the_same_key_counts_once_and_the_device_is_told(work: Workshop) -> None:
    before = work.on_hand(work.garage.parts["P1"].id)
    first = work.mechanic.post("/saisies/piece", data=part(work), headers=OUTBOX)
    assert (first.status_code, first.json) == (201, {"etat": "faite", "vers": work.url})
    again = work.mechanic.post("/saisies/piece", data=part(work), headers=LATE)
    assert (again.status_code, again.json["etat"]) == (409, "connue")
    assert work.mechanic.post("/saisies/piece", data=part(work)).status_code == 303
    assert work.count(OrderLine) == 1
    assert work.on_hand(work.garage.parts["P1"].id) == before - 1


def test_a_page_without_script_goes_back_and_offers_to_undo(work: Workshop) -> None:
    answer = work.mechanic.post("/saisies/piece", data=part(work, retour="/ordres/"))
    assert (answer.status_code, answer.location) == (303, "/ordres/")
    page = work.mechanic.get("/ordres/")
    said(page, 200, "ajouté", "/saisies/retirer-ligne?")
    undone = work.mechanic.post(f"/saisies/retirer-ligne?ordre={work.number}&ligne=1&cle=u1")
    assert undone.status_code == 303
    assert work.count(OrderLine) == 0


def test_what_was_typed_is_kept_beside_its_refusal(work: Workshop) -> None:
    answer = work.mechanic.post("/saisies/piece", data=part(work, quantity="beaucoup"))
    said(answer, 422, "Saisissez un nombre", "beaucoup", "Erreur")
    told = work.mechanic.post("/saisies/piece", data=part(work, quantity="9999"), headers=OUTBOX)
    assert told.status_code == 422
    assert told.json["erreurs"][0]["champ"] == "quantity"
    assert work.count(OrderLine) == work.count(Entry) == 0


def test_what_comes_too_late_waits_for_the_head_and_is_never_lost(work: Workshop) -> None:
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    answer = work.mechanic.post("/saisies/piece", data=part(work), headers=LATE)
    assert (answer.status_code, answer.json["etat"]) == (202, "tenue")
    assert "Annulé" in answer.json["texte"]
    (held,) = entries(work)
    assert (held.state, held.subject, held.author_id) == (EntryState.HELD, work.number, 1)
    assert held.data["reference"] == work.garage.parts["P1"].reference
    assert work.mechanic.post("/saisies/piece", data=part(work), headers=LATE).status_code == 409
    assert work.mechanic.post("/saisies/piece", data=part(work, "c2", quantity="x"), headers=LATE).status_code == 202
    with work.site.database.reading() as session:
        assert "entry.hold" in session.scalars(select(JournalEntry.action)).all()


def test_the_time_is_the_device_s_own_set_right(work: Workshop) -> None:
    now = clock.now()
    wrong = now + timedelta(hours=1)
    sent = part(work, saisi_a=(wrong - timedelta(hours=2)).isoformat(), envoye_a=wrong.isoformat())
    assert work.mechanic.post("/saisies/piece", data=sent, headers=LATE).status_code == 201
    (entry,) = entries(work)
    assert abs(entry.entered_at - (now - timedelta(hours=2))) < timedelta(seconds=20)
    future = part(work, "c2", saisi_a=(now + timedelta(days=2)).isoformat())
    work.mechanic.post("/saisies/piece", data=future)
    assert entries(work)[-1].entered_at <= clock.now()
    old = part(work, "c3", saisi_a=(now - timedelta(days=60)).isoformat())
    assert work.mechanic.post("/saisies/piece", data=old, headers=LATE).status_code == 202


def test_an_entry_is_its_author_s_whoever_is_signed_in(work: Workshop) -> None:
    signed = work.mechanic.get("/saisies/jeton").json["auteur"]
    assert work.head.post("/saisies/piece", data=part(work, auteur=signed), headers=LATE).status_code == 201
    assert (entries(work)[0].author_id, entries(work)[0].sender_id, work.lines()[0].created_by_id) == (1, 2, 1)
    forged = work.head.post("/saisies/piece", data=part(work, "c2", auteur="1.forge"), headers=OUTBOX)
    assert forged.status_code == 422


def test_the_outbox_of_a_locked_device_is_told_to_wait(work: Workshop) -> None:
    assert work.site.client().post("/saisies/piece", data=part(work), headers=LATE).status_code == 401
    assert work.mechanic.post("/saisies/inconnue", data=part(work)).status_code == 404


def test_what_the_device_repeats_is_known_under_any_key(work: Workshop) -> None:
    long = "k" * 300
    for status in (202, 409):
        assert work.mechanic.post("/saisies/piece", data=part(work, long), headers=LATE).status_code == status
    assert len(entries(work)[0].key) == 64
    assert work.mechanic.post("/saisies/piece", data=part(work, long), headers=OUTBOX).status_code == 422


def test_late_entries_are_not_announced_on_somebody_s_next_page(work: Workshop) -> None:
    assert work.mechanic.post("/saisies/piece", data=part(work), headers=LATE).status_code == 201
    assert "ajouté" not in work.mechanic.get("/plan-du-site").text
    assert work.mechanic.post("/saisies/piece", data=part(work, "c2"), headers=OUTBOX).status_code == 201
    assert "ajouté" in work.mechanic.get("/plan-du-site").text


def test_many_entries_before_a_page_leave_the_last_notices(work: Workshop) -> None:
    for n in range(40):
        sent = {"ordre": work.number, "text": f"Note numéro {n}, assez longue pour peser", "cle": f"n{n}"}
        assert work.mechanic.post("/saisies/note", data=sent, headers=OUTBOX).status_code == 201
    assert work.mechanic.get("/plan-du-site").text.count('class="annuler"') == 4


def test_the_buttons_that_make_a_refused_meter_count_reach_the_device(work: Workshop) -> None:
    back = {"ordre": work.number, "meter": "100", "vu": "84310", "cle": "m1"}
    told = work.mechanic.post("/saisies/compteur", data=back, headers=OUTBOX)
    assert told.status_code == 422
    assert told.json["erreurs"][0]["champ"] == "meter"
    assert ["Compteur remplacé", "reason", "Compteur remplacé"] in told.json["boutons"]


def test_the_values_of_a_field_that_has_several_are_all_kept(work: Workshop) -> None:
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    values = part(work) | {"kind": ["", "cause"]}
    assert work.mechanic.post("/saisies/note", data=values | {"text": "Jeu"}, headers=LATE).status_code == 202
    assert entries(work)[0].data["kind"] == ["", "cause"]


def test_a_photo_is_kept_with_an_entry_that_cannot_be_read(work: Workshop) -> None:
    sent = {"ordre": "x" * 200, "cle": "p1", "photo": (io.BytesIO(picture((60, 40))), "photo.jpg")}
    answer = work.mechanic.post("/saisies/photo", data=sent, headers=LATE, content_type="multipart/form-data")
    assert answer.status_code == 202
    (held,) = entries(work)
    assert held.photo
    assert len(held.subject or "") == 100
    assert work.mechanic.post("/saisies/inconnue", data=part(work), headers=OUTBOX).status_code == 404


def picture(size: tuple[int, int], kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind)
    return out.getvalue()


def test_photos_are_reduced_stripped_and_kept_once(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Téléphone"
    out = io.BytesIO()
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(out, "JPEG", exif=exif)
    kept = store.keep(out.getvalue())
    assert (kept.width, kept.height) == (1067, 1600)
    with Image.open(store.path(kept.sha256)) as read:
        assert not read.getexif()
    assert store.thumbnail(kept.sha256).stat().st_size < 40_000
    assert store.keep(out.getvalue()) == kept
    assert len(list(tmp_path.rglob("*.jpg"))) == 2
    assert store.keep(picture((10, 10), "PNG")).width == 10


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-1.7", picture((50, 50))[:200]])
def test_what_is_no_photo_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadPhoto):
        PhotoStore(tmp_path).keep(content)
    assert not list(tmp_path.rglob("*"))
