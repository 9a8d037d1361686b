"""Labels chosen in lists and printed; badges told once."""

from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from garage.db.models.journal import JournalEntry
from garage.db.models.stock import Part, Store
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.documents import labels as documents
from garage.documents.labels import Badge, Label
from garage.domain.devices import badge_code, fingerprint
from garage.domain.permissions import Role
from garage.operations import stores
from garage.web.wiring import WebOptions

from .conftest import Site
from .workshop import Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def text_of(answer: TestResponse) -> str:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text[-800:]
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


def tag_of(work: Workshop, fleet_number: str) -> str:
    with work.site.database.reading() as session:
        return session.scalars(select(Vehicle.tag).where(Vehicle.fleet_number == fleet_number)).one()


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Label]:
    """What was handed to the printer."""
    seen: list[Label] = []
    for name in ("sheets", "singles"):
        real = getattr(documents, name)

        def keep(labels: list[Label], *words: object, real: object = real) -> bytes:
            seen.extend(labels)
            return real(labels, *words)  # type: ignore[operator]

        monkeypatch.setattr(documents, name, keep)
    return seen


def test_vehicles_are_ticked_and_printed(work: Workshop, printed: list[Label]) -> None:
    page = work.mechanic.get("/etiquettes")
    said(page, 200, "Taille réelle, sans mise à l’échelle", "4 étiquettes proposées", "Première étiquette libre")
    van = work.garage.vehicles["BOURG"].id
    answer = work.mechanic.get(f"/etiquettes/vehicules.pdf?choix={van}&quoi=choix&format=planche&premiere=5")
    assert "AB-123-CD" in text_of(answer)
    tag = tag_of(work, "BOURG-1")
    (label,) = printed
    assert label.address == f"http://localhost/q/{tag}"
    assert label.lines[:3] == ("Parc BOURG-1", "Renault Master", "Bourg")
    assert label.foot == f"{tag[:4]} {tag[4:8]} {tag[8:]}"
    assert answer.data == work.mechanic.get(answer.request.full_path).data


def test_a_whole_list_is_printed_as_filtered(work: Workshop, printed: list[Label]) -> None:
    text_of(work.mechanic.get("/etiquettes/vehicules.pdf?quoi=liste&collectivite=EAU&format=unite"))
    assert [label.lines[0] for label in printed] == ["Parc EAU-1"]
    printed.clear()
    text_of(work.mechanic.get("/etiquettes/vehicules.pdf?quoi=liste"))
    assert len(printed) == 4
    said(work.mechanic.get("/etiquettes?collectivite=EAU"), 200, "1 étiquette proposée", "checked")


def test_the_lasting_address_of_the_garage_is_printed(make_site, printed: list[Label]) -> None:
    work = build(make_site(WebOptions(secure_cookies=False, public_url="https://garage.exemple.fr/")))
    work.mechanic.get("/etiquettes/vehicules.pdf?quoi=liste")
    assert {label.address.rpartition("/")[0] for label in printed} == {"https://garage.exemple.fr/q"}


def test_parts_and_bins(work: Workshop, printed: list[Label]) -> None:
    with work.site.database.transaction() as session:
        part = session.get_one(Part, work.garage.parts["P1"].id)
        part.bin_id, part.minimum = stores.bin_of(session, "Rayon 4 é"), Decimal(500)
        tag = part.tag
    said(work.mechanic.get("/etiquettes/pieces?pieces=stock-bas"), 200, "1 étiquette proposée", "Pièce P1")
    text_of(work.mechanic.get("/etiquettes/pieces.pdf?quoi=liste&pieces=stock-bas"))
    assert printed == [
        Label(f"http://localhost/q/{tag}", "P1", ("Pièce P1", "Casier Rayon 4 é"), f"{tag[:4]} {tag[4:8]} {tag[8:]}")
    ]
    printed.clear()
    said(work.mechanic.get("/etiquettes/casiers"), 200, "Rayon 4 é")
    text_of(work.mechanic.get("/etiquettes/casiers.pdf", query_string={"choix": ["Rayon 4 é", "Rayon 4 é", "Faux"]}))
    assert printed == [Label("http://localhost/q/B.Rayon%204%20%C3%A9", "Rayon 4 é", ("Casier",))]
    followed = work.mechanic.get(printed[0].address.removeprefix("http://localhost"))
    assert followed.location.startswith("/casiers/Rayon%204")


def test_bins_of_a_second_store_have_their_own_labels(work: Workshop, printed: list[Label]) -> None:
    with work.site.database.transaction() as session:
        session.add(Store(id=2, code="DEPOT", name="Dépôt du port"))
        session.flush()
        for store in (stores.MAIN, 2):
            stores.bin_of(session, "A1-01", store)
    said(work.mechanic.get("/etiquettes/casiers"), 200, "2 étiquettes proposées", "Dépôt du port")
    said(work.mechanic.get("/etiquettes/casiers?q=depot"), 200, "1 étiquette proposée")
    text_of(work.mechanic.get("/etiquettes/casiers.pdf?quoi=liste"))
    assert printed == [
        Label("http://localhost/q/B.A1-01", "A1-01", ("Casier",)),
        Label("http://localhost/q/B.A1-01%40DEPOT", "A1-01", ("Casier", "Dépôt du port")),
    ]
    for label, path in zip(printed, ("/casiers/A1-01", "/casiers/A1-01@DEPOT"), strict=True):
        assert work.mechanic.get(label.address.removeprefix("http://localhost")).location == path


def test_nothing_ticked_is_said_and_the_choices_kept(work: Workshop) -> None:
    for path in ("/etiquettes/vehicules.pdf", "/etiquettes/pieces.pdf", "/etiquettes/casiers.pdf"):
        said(work.mechanic.get(f"{path}?quoi=choix&premiere=7"), 422, "Cochez au moins une étiquette", "Erreur")
    answer = work.mechanic.get("/etiquettes/vehicules.pdf?quoi=choix&premiere=7")
    assert '<option selected value="7">' in answer.text


def test_the_trial_sheet(work: Workshop) -> None:
    assert "100 mm" in text_of(work.mechanic.get("/etiquettes/essai.pdf"))


def test_a_badge_is_printed_once_for_the_workshop(work: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[Badge] = []
    real = documents.badge
    monkeypatch.setattr(documents, "badge", lambda card, title: cards.append(card) or real(card, title))
    said(work.head.get("/etiquettes/badges"), 200, "Personne 1", "Sans badge", "Imprimer un nouveau badge")
    answer = work.head.post("/etiquettes/badges/1")
    assert "Personne 1" in text_of(answer)
    (card,) = cards
    code = badge_code(card.code)
    assert code
    with work.site.database.reading() as session:
        assert session.get_one(User, 1).badge_hash == fingerprint(code)
        told = session.scalars(select(JournalEntry).where(JournalEntry.action == "user.renew_badge")).one()
        assert code not in str(told.data)
    assert code.encode() not in answer.data
    said(work.head.get("/etiquettes/badges"), 200, "Badge en service")
    work.head.post("/etiquettes/badges/1")
    assert cards[1].code != cards[0].code


def test_badges_are_the_head_s_and_of_the_workshop_alone(work: Workshop) -> None:
    assert work.mechanic.get("/etiquettes/badges").status_code == 403
    assert work.mechanic.post("/etiquettes/badges/1").status_code == 403
    assert work.site.client(Role.ADMIN).post("/etiquettes/badges/1").status_code == 403
    for user_id in (3, 4, 9999):
        assert work.head.post(f"/etiquettes/badges/{user_id}").status_code == 404
    assert work.head.get("/etiquettes/badges/1").location == "/etiquettes/badges"
    assert "Badges" not in work.mechanic.get("/etiquettes").text
