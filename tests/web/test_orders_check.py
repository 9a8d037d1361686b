"""The head's week: the check and its prices, several orders at once, views, paper, the closing cockpit."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from garage import clock
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import SavedView
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.order_lines import Entry, External
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, LONG_NAME, LONG_PART, MECHANIC, Workshop, build, said, yesterday


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _labour(work: Workshop, number: str | None = None, minutes: int = 80) -> None:
    entry = Entry(number or work.number, yesterday(), MECHANIC, clock.now(), clock.today())
    work.act(order_lines.add_labour, entry, "MO-VL", minutes, 1)


def _to_check(work: Workshop, count: int = 1) -> list[str]:
    numbers = [work.number]
    with work.site.database.transaction() as session:
        for _ in range(count - 1):
            entered = repair_orders.NewOrder(
                work.garage.partner.id, yesterday(), repair_orders.OrderKind.SITE, object_label="Portail"
            )
            numbers.append(repair_orders.open_order(session, entered, HEAD, clock.now(), clock.today()).number)
    for number in numbers:
        _labour(work, number)
        work.act(repair_orders.finish, number, "Fait", None, MECHANIC, clock.now())
    return numbers


def _states(work: Workshop) -> list[OrderState]:
    with work.site.database.reading() as session:
        return [order.state for order in session.query(RepairOrder).order_by(RepairOrder.number)]


def test_the_check_says_why_each_price_and_goes_on_to_the_next(work: Workshop) -> None:
    first, second = _to_check(work, 2)
    page = work.head.get(f"/ordres/{first}/controle")
    said(
        page,
        200,
        "1 sur 2 à contrôler",
        "Pourquoi ce prix ?",
        "80 min (1 h 20) ×",
        "÷ 60",
        "Total des lignes",
        "Grille",
    )
    answer = work.head.post(f"/ordres/{first}/controle", data={"near": yesterday().isoformat()})
    assert (answer.status_code, answer.location) == (303, f"/ordres/{second}/controle")
    assert _states(work) == [OrderState.DONE, OrderState.TO_CHECK]


def test_a_line_without_price_is_named_and_never_counts(work: Workshop) -> None:
    _labour(work)
    entry = Entry(work.number, yesterday(), HEAD, clock.now(), clock.today(), label="Rectification")
    work.act(order_lines.add_external, entry, External("Ateliers de l’Ouest", None, Decimal(1), None))
    with work.site.database.transaction() as session:
        session.query(RepairOrder).update({"state": OrderState.TO_CHECK})
    page = work.head.get(f"{work.url}/controle")
    said(page, 200, "Sans prix", "Le coût manque", "Total des lignes qui ont un prix", "facture d’un fournisseur")
    said(work.head.post(f"{work.url}/controle", data={}), 422, "facture d’un fournisseur")


def test_several_at_once_and_each_stands_alone(work: Workshop) -> None:
    first, second, third = _to_check(work, 3)
    with work.site.database.transaction() as session:
        session.query(RepairOrder).filter_by(number=second).update({"state": OrderState.BLOCKED})
    page = work.head.get("/ordres/?etat=a-controler&choisir=1")
    said(page, 200, "Valider le contrôle des ordres cochés", f'value="{first}"')
    answer = work.head.post("/ordres/controle", data={"ordre": [first, second, third]})
    assert answer.status_code == 303
    said(work.head.get(answer.location), 200, "2 ordres terminés", second, "Bloqué")
    assert _states(work) == [OrderState.DONE, OrderState.BLOCKED, OrderState.DONE]
    said(work.head.post("/ordres/controle", follow_redirects=True), 200, "Cochez au moins un ordre")
    assert "Choisir plusieurs" not in work.mechanic.get("/ordres/").text
    assert 'name="ordre"' not in work.mechanic.get("/ordres/?choisir=1").text


def test_several_go_back_to_the_workshop(work: Workshop) -> None:
    numbers = _to_check(work, 2)
    work.head.post("/ordres/renvoi", data={"ordre": numbers})
    assert _states(work) == [OrderState.IN_PROGRESS] * 2


def test_filters_live_in_the_address_and_the_spreadsheet_follows(work: Workshop) -> None:
    _to_check(work, 2)
    url = "/ordres/?etat=tous&mecanicien=1"
    said(work.head.get(url), 200, "2 ordres affichés", "Personne 1")
    said(work.head.get("/ordres/?etat=tous&mecanicien=2"), 200, "Aucun ordre ne correspond")
    tomorrow = clock.today() + timedelta(days=1)
    said(work.head.get(f"/ordres/?etat=tous&du={tomorrow}"), 200, "Aucun ordre ne correspond", "Depuis le")
    said(work.head.get(f"/ordres/?etat=tous&au={yesterday()}"), 200, "2 ordres affichés", "Jusqu’au")
    said(work.head.get("/ordres/?du=hier&mecanicien=moi&etat=a-controler"), 200, "2 ordres affichés")
    assert work.head.get("/ordres/export.csv?etat=tous&mecanicien=1").text.count("\r\n") == 3
    assert work.head.get("/ordres/export.csv?etat=tous&mecanicien=2").text.count("\r\n") == 1
    said(work.head.get("/ordres/?etat=en-attente"), 200, "Aucun ordre ne correspond", "En attente")


def test_a_view_is_kept_found_replaced_and_forgotten(work: Workshop) -> None:
    said(work.head.get("/ordres/vues?etat=a-controler&q=B"), 200, "À contrôler", "« B »")
    said(work.head.post("/ordres/vues?q=B", data={"name": ""}), 422, "Saisissez le nom de la vue")
    answer = work.head.post("/ordres/vues?q=B", data={"name": "Freins"})
    assert (answer.status_code, answer.location) == (303, "/ordres/?q=B")
    said(work.head.get(answer.location), 200, "Vue « Freins » enregistrée", ">Freins</a>", "Retirer cette vue")
    work.head.post("/ordres/vues?q=C", data={"name": "Freins"})
    assert work.count(SavedView) == 1
    assert ">Freins</a>" not in work.mechanic.get("/ordres/").text
    assert work.mechanic.post("/ordres/vues/retirer?name=Freins").status_code == 303
    assert work.count(SavedView) == 1
    assert work.head.post("/ordres/vues/retirer?name=Freins").location == "/ordres/?q=C"
    assert work.count(SavedView) == 0


def _pages(content: bytes) -> list[str]:
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return [text.replace("\u202f", " ").replace("\u00a0", " ") for text in texts]


def test_the_order_on_one_sheet(work: Workshop) -> None:
    _labour(work)
    answer = work.mechanic.get(f"{work.url}/imprimer")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    (text,) = _pages(answer.data)
    for words in (work.number, "Fuite d’huile", "1 h 20", "Pour la collectivité", "Main-d’œuvre VL", "84 310 km"):
        assert words in text, words
    assert "€" not in text
    assert work.mechanic.get("/ordres/RIEN/imprimer").status_code == 404
    assert work.mechanic.get("/ordres/imprimer").status_code == 400


def test_sheets_never_spill_over_and_say_what_is_left_out(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        owner = make.collectivity(session, "LONGUE", name=LONG_NAME)
        make.convention(session, owner)
        order = make.order(session, owner, date(2026, 2, 2), by=HEAD, object_label=LONG_PART * 2, reason=LONG_NAME * 20)
        number = order.number
        for _ in range(60):
            order_lines.add_labour(session, make.entry(order, label=LONG_PART * 3), "MO-VL", 11, 1)
    content = work.head.get(f"/ordres/imprimer?ordre={number}&ordre={work.number}").data
    long, short = _pages(content)
    assert "autres : ils sont à l’écran" in long
    assert "11 h 00" in long
    assert "autres" not in short
    assert content == work.head.get(f"/ordres/imprimer?ordre={number}&ordre={work.number}").data


def test_the_cockpit_names_what_blocks_and_empties(work: Workshop) -> None:
    _labour(work)
    quarter = f"{yesterday().year}-T{(yesterday().month - 1) // 3 + 1}"
    url = f"/cloture?trimestre={quarter}"
    said(work.head.get(url), 200, work.number, "Le travail n’est pas terminé", "Personne 1", "Ouvrir l’ordre")
    work.act(repair_orders.finish, work.number, "Fait", None, MECHANIC, clock.now())
    said(work.head.get(url), 200, "Le contrôle du chef d’atelier est dû", "Contrôler…", f"{work.url}/controle")
    table = work.head.get(f"/cloture/export.csv?trimestre={quarter}")
    assert work.number in table.text
    work.act(repair_orders.check, work.number, yesterday(), HEAD, clock.now(), clock.today())
    said(work.head.get(url), 200, "Rien ne bloque ce trimestre", ">ordre prêt<")
    said(work.head.get("/cloture?trimestre=jamais"), 200, "Clôture du trimestre")


def test_a_checked_order_that_has_no_price_is_in_the_cockpit(work: Workshop) -> None:
    _labour(work)
    work.act(repair_orders.finish, work.number, "Fait", None, MECHANIC, clock.now())
    work.act(repair_orders.check, work.number, yesterday(), HEAD, clock.now(), clock.today())
    with work.site.database.transaction() as session:
        make.collectivity(session, "EXIGE", engagement_required=True)
        session.query(type(work.garage.partner)).filter_by(id=work.garage.partner.id).update(
            {"engagement_required": True}
        )
    quarter = f"{yesterday().year}-T{(yesterday().month - 1) // 3 + 1}"
    said(work.head.get(f"/cloture?trimestre={quarter}"), 200, "Engagement manquant", "Chef d’atelier", work.number)
