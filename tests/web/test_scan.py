"""A code leads each to what is theirs; the workshop's parts go on the order; unknown codes are tied in one tap."""

import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, PartBarcode, Store
from garage.db.models.vehicles import Vehicle, VehicleBarcode
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderKind, OrderState
from garage.operations import repair_orders, stock, stores
from garage.operations.repair_orders import NewOrder
from garage.web.assets import STATIC, static_url
from garage.web.headers import CONTENT_SECURITY_POLICY
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

OUTBOX = {"X-Saisie": "1"}


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    with site.database.transaction() as session:
        for name, tag in (("BOURG", "7K3M9XQ2ABCD"), ("VILLE", "7K3M9XQ2ABCE"), ("EAU", "7K3M9XQ2ABCF")):
            session.get_one(Vehicle, made.garage.vehicles[name].id).tag = tag
        session.get_one(Vehicle, made.garage.vehicles["EAU"].id).registration = "EA-111-UX"
        session.get_one(Vehicle, made.garage.vehicles["BOURG"].id).registration = "BO-222-RG"
        session.get_one(Part, made.garage.parts["P1"].id).tag = "PPPPPPPPPPPP"
        session.get_one(Part, made.garage.parts["P1"].id).bin_id = stores.bin_of(session, "Étagère 4")
        session.scalars(select(RepairOrder).where(RepairOrder.number == made.number)).one().tag = "222222222222"
        session.add(PartBarcode(code="3400930000014", part_id=made.garage.parts["P1"].id))
    return made


def leads(work: Workshop, code: str, role: Role | None, **words: str) -> str:
    answer = work.site.client(role).get(f"/q/{quote(code, safe='')}", query_string=words)
    assert answer.status_code == 303, answer.text[-500:]
    return str(answer.location)


@pytest.mark.parametrize("role", [Role.MECHANIC, Role.HEAD])
@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("PPPPPPPPPPPP", "/stock/P1"),
        ("3400930000014", "/stock/P1"),
        ("222222222222", "/ordres/OR"),
        ("7K3M9XQ2ABCE", "/parc/VILLE-1"),
        ("B.Étagère 4", "/casiers/%C3%89tag%C3%A8re%204"),
    ],
)
def test_the_workshop_goes_straight_there(work: Workshop, role: Role, code: str, path: str) -> None:
    assert leads(work, code, role).startswith(path)
    answer = work.site.client(role).get("/scanner", query_string={"q": code})
    assert (answer.status_code, answer.location.startswith(path)) == (303, True)


def test_my_only_open_order_is_one_tap_nearer(work: Workshop) -> None:
    assert leads(work, "7K3M9XQ2ABCD", Role.HEAD) == work.url  # the head opened it
    assert leads(work, "7K3M9XQ2ABCD", Role.MECHANIC) == "/parc/BOURG-1"
    van, owner = work.garage.vehicles["BOURG"].id, work.garage.partner.id
    entered = NewOrder(owner, yesterday(), OrderKind.BREAKDOWN, vehicle_id=van)
    work.act(repair_orders.open_order, entered, HEAD, clock.now(), clock.today())
    assert leads(work, "7K3M9XQ2ABCD", Role.HEAD) == "/parc/BOURG-1"


def test_a_collectivity_sees_its_own_and_the_journal_knows_the_rest(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.get_one(Vehicle, work.garage.vehicles["EAU"].id).collectivity_id = 1
    own = work.garage.vehicles["EAU"].id
    for code in ("7K3M9XQ2ABCF", "EA-111-UX", "eau-1"):
        assert leads(work, code, Role.COLLECTIVITY) == f"/mes-vehicules/{own}"
    agent = work.site.client(Role.COLLECTIVITY)
    for code in ("7K3M9XQ2ABCD", "bo222rg", "222222222222"):
        assert agent.get(f"/q/{code}").status_code == 404, code
    for code in ("PPPPPPPPPPPP", "3400930000014", "P1", "B.Étagère 4", "inconnu", "ZZZZZZZZZZZZ"):
        assert agent.get(f"/q/{code}").status_code == 404, code
    with work.site.database.reading() as session:
        told = session.scalars(select(JournalEntry.subject_key).where(JournalEntry.action == "not_visible")).all()
    assert list(told) == ["BOURG-1"] * 3


def test_the_others_find_what_they_may_read(work: Workshop) -> None:
    assert leads(work, "222222222222", Role.ACCOUNTING) == work.url
    assert leads(work, "7K3M9XQ2ABCD", Role.ACCOUNTING).startswith("/ordres/?")
    for role, code in ((Role.ACCOUNTING, "PPPPPPPPPPPP"), (Role.ADMIN, "7K3M9XQ2ABCD"), (Role.ADMIN, "222222222222")):
        assert work.site.client(role).get(f"/q/{code}").status_code == 404


def test_the_street_learns_nothing_but_our_labels(work: Workshop) -> None:
    assert leads(work, "7K3M9XQ2ABCD", None) == "/signaler/7K3M9XQ2ABCD"
    assert leads(work, "7k3m-9xq2-abcd", None) == "/signaler/7K3M9XQ2ABCD"
    for code in ("PPPPPPPPPPPP", "222222222222"):
        assert leads(work, code, None) == f"/connexion?next=/q/{code}"
    for known, unknown in (("BO-222-RG", "ZZ-999-ZZ"), ("3400930000014", "4006381333931"), ("B.Étagère 4", "B.Rien")):
        assert leads(work, known, None).startswith("/connexion?next=/q/")
        assert leads(work, unknown, None).startswith("/connexion?next=/q/")
    assert work.site.client().get("/q/ZZZZZZZZZZZZ").status_code == 404


def test_reading_a_code_writes_nothing(work: Workshop) -> None:
    for code in ("7K3M9XQ2ABCD", "PPPPPPPPPPPP", "inconnu"):
        work.mechanic.get(f"/q/{code}?ordre={work.number}")
    assert work.count(OrderLine) == work.count(Entry) == 0


def test_the_camera_s_page_alone_may_see_and_run_the_reader(work: Workshop) -> None:
    answer = work.mechanic.get("/scanner")
    said(answer, 200, "Immatriculation ou code", "js/scanner.js")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    assert "'unsafe-eval'" not in policy
    assert answer.headers["Permissions-Policy"].startswith("camera=(self),")
    other = work.mechanic.get("/parc").headers
    assert "wasm" not in other["Content-Security-Policy"]
    assert "camera=()" in other["Permissions-Policy"]


def test_the_reader_travels_compressed_and_stays(work: Workshop) -> None:
    name = "vendor/zxing_reader-3.1.3.wasm"
    answer = work.mechanic.get(static_url(name), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "application/wasm"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.data) < 480 * 1024 < (STATIC / name).stat().st_size
    answer.close()


def _form(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([\w_]+)" value="([^"]*)">', page))


def test_a_part_read_for_an_order_is_one_button(work: Workshop) -> None:
    page = work.mechanic.get(f"/q/3400930000014?ordre={work.number}")
    said(page, 200, "Pièce P1", "Ajouter 1 u", f'data-envoi-direct="/scanner?ordre={work.number}"')
    fields = _form(page.text)
    before = work.on_hand(work.garage.parts["P1"].id)
    for _ in range(2):
        answer = work.mechanic.post("/saisies/piece", data=fields)
        assert (answer.status_code, answer.location) == (303, f"/scanner?ordre={work.number}")
    assert work.on_hand(work.garage.parts["P1"].id) == before - 1
    said(work.mechanic.get(answer.location), 200, "1 × Pièce P1 ajouté", "/saisies/retirer-ligne?", "Scanner une pièce")
    back = work.mechanic.get(f"/q/P1?ordre={work.number}&retour=/ordres/{work.number}/pieces")
    assert _form(back.text)["retour"] == f"/ordres/{work.number}/pieces"
    elsewhere = work.mechanic.get(f"/q/P1?ordre={work.number}&retour=https://ailleurs.test/")
    assert _form(elsewhere.text)["retour"] == f"/scanner?ordre={work.number}"


def test_for_an_order_other_things_lead_to_themselves(work: Workshop) -> None:
    assert leads(work, "7K3M9XQ2ABCE", Role.MECHANIC, ordre=work.number) == "/parc/VILLE-1"
    bin_page = leads(work, "B.Étagère 4", Role.MECHANIC, ordre=work.number)
    said(work.mechanic.get(bin_page), 200, "Casier Étagère 4", "/saisies/piece", work.number)
    said(work.mechanic.get("/casiers/Étagère 4"), 200, "Pièce P1", "/stock/P1")
    assert work.mechanic.get("/casiers/Rien").status_code == 404
    assert work.mechanic.get("/scanner?ordre=OR-2020-99999").status_code == 404


def test_a_bin_says_how_much_lies_there(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.add(Store(id=2, code="DEPOT", name="Dépôt du port"))
        session.flush()
        quay = stores.bin_of(session, "Étagère 4", 2)
        stores.bin_of(session, "Vide", 2)
        moved = stock.Movement(yesterday(), HEAD, make.NOW, bin_id=stores.LOOSE)
        stock.transfer(session, work.garage.parts["P1"].id, Decimal(30), quay, moved)
    page = work.mechanic.get(leads(work, "B.Étagère 4@DEPOT", Role.MECHANIC))
    said(page, 200, "Casier Étagère 4 (Dépôt du port)", "30 u", "rangée d’habitude en Étagère 4", "en tout")
    said(work.mechanic.get("/casiers/Étagère 4"), 200, "Casier Étagère 4", "Rien ici")
    said(work.mechanic.get("/casiers/Vide@DEPOT"), 200, "Ce casier est vide")
    said(work.mechanic.get("/q/Étagère 4"), 200, "Plusieurs réponses", "Casier Étagère 4 (Dépôt du port)")
    with work.site.database.transaction() as session:
        forced = stock.Movement(yesterday(), HEAD, make.NOW, "Urgence", forced=True, bin_id=quay)
        stock.issue(session, work.garage.parts["P1"].id, Decimal(31), forced)
    said(work.mechanic.get("/casiers/Étagère 4@DEPOT"), 200, "À régulariser : −1")


def test_nothing_goes_on_a_closed_order(work: Workshop) -> None:
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, make.NOW, reason="Doublon")
    said(work.mechanic.get(f"/q/P1?ordre={work.number}"), 422, "Annulé")
    said(work.mechanic.get(f"/scanner?ordre={work.number}"), 422, "Annulé")


def test_several_answers_are_offered(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.get_one(Vehicle, work.garage.vehicles["VILLE"].id).registration = "BO-222-RG"
    said(work.mechanic.get("/q/bo222rg"), 200, "Plusieurs réponses", "/parc/BOURG-1", "VILLE-1")


def test_an_unknown_code_is_tied_to_a_part_in_one_tap(work: Workshop) -> None:
    page = work.mechanic.get("/q/4006381333931")
    said(page, 404, "Code inconnu", "Associer à une pièce…", "Associer à un véhicule…", "Réessayer", "4006381333931")
    said(work.mechanic.get("/scanner/associer-piece?code=4006381333931"), 200, "Cherchez la pièce")
    found = work.mechanic.get("/scanner/associer-piece?code=4006381333931&q=p2")
    said(found, 200, "1 pièce trouvée", "Pièce P2")
    fields = _form(found.text[found.text.index("/saisies/associer-piece") :])
    assert (fields["code"], fields["reference"]) == ("4006381333931", "P2")
    answer = work.mechanic.post("/saisies/associer-piece", data=fields)
    assert (answer.status_code, answer.location) == (303, "/scanner?q=4006381333931")
    assert work.mechanic.post("/saisies/associer-piece", data=fields).status_code == 303
    assert work.mechanic.get(answer.location).location == "/stock/P2"
    said(work.mechanic.get("/stock/P2"), 200, "Code associé à Pièce P2", "/saisies/dissocier-piece?")
    undo = "/saisies/dissocier-piece?code=4006381333931&reference=P2&cle=u1"
    assert work.mechanic.post(undo).status_code == 303
    assert work.count(PartBarcode) == 1
    told = work.mechanic.post("/saisies/dissocier-piece?code=4006381333931&reference=P2&cle=u2", headers=OUTBOX)
    assert (told.status_code, "ne mène plus là" in told.json["erreurs"][0]["texte"]) == (422, True)


def test_an_unknown_code_is_tied_to_a_vehicle_in_one_tap(work: Workshop) -> None:
    found = work.mechanic.get("/scanner/associer-vehicule?code=VF1MA0001&q=bo222")
    said(found, 200, "1 véhicule trouvé", "BO-222-RG")
    fields = _form(found.text[found.text.index("/saisies/associer-vehicule") :])
    assert work.mechanic.post("/saisies/associer-vehicule", data=fields).location == "/scanner?q=VF1MA0001"
    assert leads(work, "vf1ma0001", Role.MECHANIC) == "/parc/BOURG-1"
    said(work.mechanic.get("/parc/BOURG-1"), 200, "Code associé à BO-222-RG")
    work.mechanic.post("/saisies/dissocier-vehicule?code=VF1MA0001&vehicule=BOURG-1&cle=u1")
    assert work.count(VehicleBarcode) == 0


@pytest.mark.parametrize("code", ["P1", "3400930000014", "BO-222-RG", "7K3M9XQ2ABCD"])
def test_a_code_that_leads_somewhere_is_not_tied_again(work: Workshop, code: str) -> None:
    data = {"code": code, "reference": "P2", "cle": "c1"}
    said(work.mechanic.post("/saisies/associer-piece", data=data), 422, "existe déjà")
    data = {"code": code, "vehicule": "VILLE-1", "cle": "c2"}
    assert work.mechanic.post("/saisies/associer-vehicule", data=data, headers=OUTBOX).status_code == 422
    assert work.count(PartBarcode) == 1
    assert work.count(VehicleBarcode) == work.count(Entry) == 0


def test_a_badge_is_never_shown_nor_tied(work: Workshop) -> None:
    badge = "/q/G1.7K3M9XQ2ABCD7K3M9XQ2ABCD12"
    away = work.mechanic.get(badge)
    assert (away.status_code, away.location) == (303, "/scanner?badge=oui")
    said(work.mechanic.get(away.location), 200, "C’est un badge")
    assert work.site.client().get(badge).status_code == 404
    data = {"code": "g1.7K3M9XQ2ABCD7K3M9XQ2ABCD12", "reference": "P2", "cle": "c1"}
    assert work.mechanic.post("/saisies/associer-piece", data=data).status_code == 422


STRANGE = (
    "/q/%1D", "/q/https:%2F%2Fx.test%2Fa%2Fb", "/q/%00", "/q/" + "9" * 900, "/scanner?q=%00%1D", "/casiers/%00",
    "/scanner/associer-piece?code=%00&q=%00", "/q/B.", "/q/..%2F..", "/parc/%00", "/scanner?q=%25&ordre=%25",
    "/etiquettes?q=%00", "/etiquettes/vehicules.pdf?choix=%00&choix=99999999999999999999&premiere=-3",
    "/etiquettes/casiers.pdf?choix=%00", "/etiquettes/pieces.pdf?quoi=liste&q=%00&format=rien",
)  # fmt: skip


def test_strange_codes_never_break(work: Workshop) -> None:
    for client in (work.mechanic, work.site.client(Role.COLLECTIVITY), work.site.client()):
        for path in STRANGE:
            assert client.get(path).status_code in {200, 303, 308, 403, 404, 422}, path
