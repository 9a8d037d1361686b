"""What is told and shown of an order through its entries: notes, photos, the meter (rules O1, O2, O6)."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.journal import JournalEntry
from garage.db.models.order_records import OrderNote, Photo
from garage.db.models.requests import Request
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.db.queries import repair_orders as queries
from garage.domain.order_works import NoteKind
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.domain.requests import RequestState
from garage.operations import repair_orders
from garage.web.access import SignedIn
from garage.web.order_record import OrderRecord, of_order
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said

OUTBOX = {"X-Saisie": "1"}
LATE = {"X-Saisie": "rejouee"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def rows(work: Workshop, model: Any) -> list[Any]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def record(work: Workshop, role: Role = Role.MECHANIC) -> OrderRecord:
    with work.site.app.test_request_context(), work.site.database.reading() as session:
        who = SignedIn(1 if role is Role.MECHANIC else 2, "Personne", None, role, None, "")
        return of_order(session, queries.order(session, work.number), who)


def note(work: Workshop, text: str, key: str, **more: str) -> dict[str, str]:
    return {"ordre": work.number, "text": text, "cle": key} | more


def test_two_people_s_notes_both_stand_and_a_key_counts_once(work: Workshop) -> None:
    assert (
        work.mechanic.post("/saisies/note", data=note(work, "Bruit à froid", "n1", kind="complaint")).status_code == 303
    )
    assert work.head.post("/saisies/note", data=note(work, "Courroie usée", "n2", kind="cause")).status_code == 303
    again = work.mechanic.post("/saisies/note", data=note(work, "Bruit à froid", "n1", kind="complaint"), headers=LATE)
    assert (again.status_code, again.json["etat"]) == (409, "connue")
    shown = record(work).notes
    assert [(one.kind, one.text, one.removable) for one in shown] == [
        (NoteKind.COMPLAINT, "Bruit à froid", True),
        (NoteKind.CAUSE, "Courroie usée", False),
    ]
    assert all(one.removable for one in record(work, Role.HEAD).notes)


def test_an_unknown_kind_is_a_plain_note_and_no_words_are_refused_at_the_field(work: Workshop) -> None:
    assert work.mechanic.post("/saisies/note", data=note(work, "Vu", "n1", kind="rumeur")).status_code == 303
    assert record(work).notes[0].kind is NoteKind.NOTE
    told = work.mechanic.post("/saisies/note", data=note(work, "   ", "n2"), headers=OUTBOX)
    assert (told.status_code, told.json["erreurs"][0]["champ"]) == (422, "text")
    long = "x" * 5001
    said(work.mechanic.post("/saisies/note", data=note(work, long, "n3")), 422, "au plus 5000 caractères")
    assert work.count(OrderNote) == 1


def test_a_note_is_taken_away_by_its_author_or_the_head_and_put_back(work: Workshop) -> None:
    work.head.post("/saisies/note", data=note(work, "À moi", "n1"))
    (made,) = rows(work, OrderNote)
    away = {"ordre": work.number, "note": str(made.id)}
    refused = work.mechanic.post("/saisies/retirer-note", data=away | {"cle": "r1"})
    said(refused, 422, "est d’un collègue : lui seul, ou le chef d’atelier")
    assert work.head.post("/saisies/retirer-note", data=away | {"cle": "r2"}).status_code == 303
    assert record(work).notes == ()
    assert rows(work, OrderNote)[0].removed_at is not None
    page = work.head.get("/ordres/")
    said(page, 200, "Note retirée", "/saisies/remettre-note?")
    assert work.head.post(f"/saisies/remettre-note?ordre={work.number}&note={made.id}&cle=r3").status_code == 303
    assert [one.text for one in record(work).notes] == ["À moi"]
    assert (
        work.head.post("/saisies/retirer-note", data={"ordre": work.number, "note": "x", "cle": "r4"}).status_code
        == 422
    )
    with work.site.database.reading() as session:
        acts = session.scalars(select(JournalEntry.action)).all()
    assert [act for act in acts if "record" in act] == ["order.remove_record", "order.restore_record"]


def test_a_checked_order_is_still_told_about_a_cancelled_one_is_not(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        other = make.order(session, work.garage.partner)
        make.labour(session, other)
        make.check(session, other)
    assert (
        work.mechanic.post("/saisies/note", data=note(work, "Rendu propre", "n1") | {"ordre": other.number}).status_code
        == 303
    )
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(work.mechanic.post("/saisies/note", data=note(work, "Trop tard", "n2")), 422, "Annulé")
    late = work.mechanic.post("/saisies/note", data=note(work, "Trop tard", "n3"), headers=LATE)
    assert (late.status_code, late.json["etat"]) == (202, "tenue")
    assert [one.text for one in rows(work, OrderNote)] == ["Rendu propre"]


def test_a_note_may_be_about_a_work_of_its_order_only(work: Workshop) -> None:
    assert work.mechanic.post("/saisies/note", data=note(work, "Fait", "n1", travail="999")).status_code == 422
    assert work.count(OrderNote) == 0


def picture(size: tuple[int, int] = (640, 480), colour: str = "red", quality: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", quality=quality)
    return out.getvalue()


def status(client: FlaskClient, path: str) -> int:
    """What an address answers, its file closed."""
    with client.get(path) as answer:
        return answer.status_code


def send(work: Workshop, content: bytes, key: str, name: str = "photo.jpg", **more: Any) -> Any:
    data = {"ordre": work.number, "cle": key, "photo": (io.BytesIO(content), name)} | more.pop("data", {})
    answer = work.mechanic.post("/saisies/photo", data=data, content_type="multipart/form-data", **more)
    answer.request.environ["wsgi.input"].close()  # the client keeps great bodies in a file
    return answer


def test_a_photo_is_kept_once_shown_served_and_taken_away(work: Workshop) -> None:
    assert send(work, picture(), "p1", data={"caption": "Fuite au carter"}).status_code == 303
    assert send(work, picture(), "p1").status_code == 303
    assert send(work, picture(), "p2").status_code == 303
    (made,) = rows(work, Photo)
    assert (made.width, made.height, made.caption, made.author_id) == (640, 480, "Fuite au carter", 1)
    (shown,) = record(work).photos
    assert (shown.alt, shown.removable) == ("Fuite au carter", True)
    for client in (work.mechanic, work.head, work.site.client(Role.ACCOUNTING)):
        for path in (f"/photos/{made.id}", f"/photos/{made.id}/vignette"):
            answer = client.get(path)
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"].startswith("private")
            assert answer.data[:3] == b"\xff\xd8\xff"
            answer.close()
    away = {"ordre": work.number, "photo_id": str(made.id), "cle": "p3"}
    assert work.mechanic.post("/saisies/retirer-photo", data=away).status_code == 303
    assert status(work.mechanic, f"/photos/{made.id}") == 404
    back = f"/saisies/remettre-photo?ordre={work.number}&photo_id={made.id}&cle=p4"
    assert work.mechanic.post(back).status_code == 303
    assert status(work.mechanic, f"/photos/{made.id}") == 200


def test_the_same_photo_sent_by_two_at_once_is_kept_once(work: Workshop) -> None:
    def post(asked: tuple[FlaskClient, str]) -> int:
        data = {"ordre": work.number, "cle": asked[1], "photo": (io.BytesIO(picture()), "a.jpg")}
        return asked[0].post("/saisies/photo", data=data, content_type="multipart/form-data").status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(post, ((work.mechanic, "p1"), (work.head, "p2")))) == [303, 303]
    assert work.count(Photo) == 1


def test_photos_are_not_for_collectivities_and_unknown_ones_are_not_there(work: Workshop) -> None:
    send(work, picture(), "p1")
    (made,) = rows(work, Photo)
    assert work.site.client(Role.COLLECTIVITY).get(f"/photos/{made.id}").status_code == 403
    assert status(work.mechanic, "/photos/9999") == 404
    for path in (work.site.app.extensions["garage.options"].photos.folder).rglob("*.jpg"):
        path.unlink()
    assert status(work.mechanic, f"/photos/{made.id}") == 404


def test_a_photo_has_words_for_those_who_do_not_see_it(work: Workshop) -> None:
    send(work, picture(colour="blue"), "p1")
    send(work, picture(colour="green"), "p2")
    assert [one.alt for one in record(work).photos] == [
        f"Photo n°\u00a01 de l’ordre {work.number}",
        f"Photo n°\u00a02 de l’ordre {work.number}",
    ]


@pytest.mark.parametrize("content", [b"%PDF-1.7 rien", b"", b"GIF89a"])
def test_what_is_no_picture_is_refused_at_its_field(work: Workshop, content: bytes) -> None:
    said(send(work, content, "p1"), 422, "Ce fichier n’est pas une photo lisible", 'href="#photo"')
    told = send(work, content, "p2", headers=OUTBOX)
    assert (told.status_code, told.json["erreurs"][0]["champ"]) == (422, "photo")
    assert work.count(Photo) == work.count(Entry) == 0


def test_five_megabytes_pass_and_twenty_are_refused_in_french(work: Workshop) -> None:
    out = io.BytesIO()
    Image.effect_noise((2600, 2600), 90).convert("RGB").save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 5_000_000
    assert send(work, out.getvalue(), "p1").status_code == 303
    assert rows(work, Photo)[0].width == 1600
    said(send(work, b"\xff\xd8\xff" + bytes(20_000_000), "p2"), 413, "trop")


def test_a_folder_that_takes_nothing_says_so_and_nothing_is_written(
    work: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "plein"
    blocked.write_text("pas un dossier")
    monkeypatch.setattr(work.site.app.extensions["garage.options"].photos, "folder", blocked)
    said(send(work, picture(), "p1"), 422, "La photo n’a pas pu être gardée", 'href="#photo"')
    late = send(work, picture(), "p2", headers=LATE)
    assert late.status_code == 202
    assert work.count(Photo) == 0


def request_of(work: Workshop, order_id: int | None) -> int:
    with work.site.database.transaction() as session:
        asked = Request(
            number="D-1", follow_token="suivi", collectivity_id=work.garage.partner.id, object_label="Portail",
            what="Bloqué", urgent=False, contact_name="Mairie", state=RequestState.ACCEPTED, order_id=order_id,
            created_at=clock.now(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        kept = work.site.app.extensions["garage.options"].photos.keep(picture(colour="pink"))
        shot = Photo(
            request_id=asked.id, sha256=kept.sha256, width=kept.width, height=kept.height, size=kept.size,
            taken_at=clock.now(),
        )  # fmt: skip
        session.add(shot)
        session.flush()
        return shot.id


def test_the_photos_of_the_request_are_shown_on_its_order(work: Workshop) -> None:
    with work.site.database.reading() as session:
        order_id = queries.order(session, work.number).id
    shot = request_of(work, order_id)
    send(work, picture(), "p1")
    first, second = record(work).photos
    assert (first.id, first.of_request, first.removable) == (shot, True, False)
    assert not second.of_request
    assert status(work.mechanic, f"/photos/{shot}") == 200


def test_the_photo_of_a_request_that_is_no_order_yet_is_the_head_s(work: Workshop) -> None:
    shot = request_of(work, None)
    assert status(work.head, f"/photos/{shot}/vignette") == 200
    for role in (Role.MECHANIC, Role.ACCOUNTING):
        assert status(work.site.client(role), f"/photos/{shot}") == 404


def meter(work: Workshop, value: str, key: str, **more: str) -> dict[str, str]:
    return {"ordre": work.number, "meter": value, "cle": key} | more


def meters(work: Workshop) -> tuple[int | None, int | None]:
    """The order's meter and its vehicle's."""
    with work.site.database.reading() as session:
        return work.order().meter, session.get_one(Vehicle, work.order().vehicle_id).meter


def test_a_reading_keeps_its_own_day_and_is_taken_back(work: Workshop) -> None:
    answer = work.mechanic.post("/saisies/compteur", data=meter(work, "84 350 km", "m1", vu="84310"))
    assert answer.status_code == 303
    assert meters(work) == (84350, 84350)
    assert rows(work, MeterReading)[-1].read_on == clock.today()
    said(work.mechanic.get("/ordres/"), 200, "Compteur relevé : 84 350 km", "/saisies/annuler-compteur?")
    back = f"/saisies/annuler-compteur?ordre={work.number}&meter=84350&avant=84310&cle=m2"
    assert work.mechanic.post(back).status_code == 303
    assert meters(work) == (84310, 84310)
    assert work.mechanic.post(back.replace("cle=m2", "cle=m3")).status_code == 409
    assert len(rows(work, MeterReading)) == 1


def test_a_meter_that_goes_back_needs_its_reason_and_a_button_gives_it(work: Workshop) -> None:
    answer = work.mechanic.post("/saisies/compteur", data=meter(work, "12", "m1"))
    said(answer, 422, "Le compteur recule : 84 310 km le", 'value="12"', 'value="Compteur remplacé"')
    assert "Confirmer ce relevé" not in answer.text
    said(work.mechanic.post("/saisies/compteur", data=meter(work, "12", "m2", confirme="1")), 422, "recule")
    values = meter(work, "12", "m3") | {"reason": ["", "Compteur remplacé"]}
    assert work.mechanic.post("/saisies/compteur", data=values).status_code == 303
    assert meters(work) == (12, 12)
    assert rows(work, MeterReading)[-1].reason == "Compteur remplacé"
    with work.site.database.reading() as session:
        (act,) = session.scalars(select(JournalEntry).where(JournalEntry.action == "order.correct_meter"))
    assert (act.data["before"], act.data["meter"], act.data["reason"]) == (84310, 12, "Compteur remplacé")


def test_a_leap_is_asked_about_once(work: Workshop) -> None:
    answer = work.mechanic.post("/saisies/compteur", data=meter(work, "114311", "m1"))
    said(answer, 422, "Le compteur bondit : 84 310 km le", "114 311 saisi", "Confirmer ce relevé")
    assert meters(work) == (84310, 84310)
    assert work.mechanic.post("/saisies/compteur", data=meter(work, "114310", "m2")).status_code == 303
    assert work.mechanic.post("/saisies/compteur", data=meter(work, "200000", "m3", confirme="1")).status_code == 303
    assert meters(work) == (200000, 200000)


def test_two_people_read_two_meters_and_both_are_shown(work: Workshop) -> None:
    assert work.head.post("/saisies/compteur", data=meter(work, "84400", "m1", vu="84310")).status_code == 303
    answer = work.mechanic.post("/saisies/compteur", data=meter(work, "84450", "m2", vu="84310"))
    said(answer, 409, "Personne 2", "84 400 km", "84 450 km", 'name="vu" value="84400"')
    told = work.mechanic.post("/saisies/compteur", data=meter(work, "84450", "m3", vu="84310"), headers=OUTBOX)
    assert told.status_code == 412
    assert meters(work) == (84400, 84400)
    assert work.mechanic.post("/saisies/compteur", data=meter(work, "84400", "m4", vu="84310")).status_code == 303
    assert work.mechanic.post("/saisies/compteur", data=meter(work, "84450", "m5", vu="84400")).status_code == 303
    assert meters(work) == (84450, 84450)


def test_an_object_has_no_meter_and_a_late_reading_does_not_hide_a_newer_one(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        gate = make.order(session, work.garage.partner).number
        later = clock.today() + timedelta(days=0)
        vehicle = work.garage.vehicles["BOURG"].id
        session.add(MeterReading(vehicle_id=vehicle, read_on=later, value=84500))
        session.get_one(Vehicle, vehicle).meter = 84500
    said(
        work.mechanic.post("/saisies/compteur", data=meter(work, "5", "m1") | {"ordre": gate}),
        422,
        "n’a pas de compteur",
    )
    before = (clock.now() - timedelta(hours=24)).isoformat()
    late = meter(work, "84320", "m2", saisi_a=before, envoye_a=clock.now().isoformat())
    assert work.mechanic.post("/saisies/compteur", data=late, headers=LATE).status_code == 201
    assert meters(work) == (84320, 84500)


@pytest.mark.parametrize("value", ["", "beaucoup", "-1", "99999999"])
def test_what_is_no_reading_is_refused_at_its_field(work: Workshop, value: str) -> None:
    told = work.mechanic.post("/saisies/compteur", data=meter(work, value, "m1"), headers=OUTBOX)
    assert (told.status_code, told.json["erreurs"][0]["champ"]) == (422, "meter")
    assert meters(work) == (84310, 84310)


def test_a_machine_leaps_at_three_thousand_hours(make_site: Callable[..., Site]) -> None:
    work = build(make_site())
    with work.site.database.transaction() as session:
        vehicle = session.get_one(Vehicle, work.garage.vehicles["BOURG"].id)
        vehicle.meter_unit = "h"
    said(work.mechanic.post("/saisies/compteur", data=meter(work, "87311", "m1")), 422, "84 310 h le")
    assert work.mechanic.post("/saisies/compteur", data=meter(work, "87310", "m2")).status_code == 303
