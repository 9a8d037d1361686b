"""The list of orders, its CSV, one order, and who may open which address."""

import re
from datetime import date, timedelta

import pytest

from garage import clock
from garage.db.models.repair_orders import RepairOrder
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders
from garage.web.order_states import SLUGS
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, ROLES_REFUSED, Workshop, build, said

READ = ("/ordres/", "/ordres/export.csv", "/ordres/{number}")
WORK = (
    "/ordres/nouveau", "/ordres/{number}/temps", "/ordres/{number}/forfait", "/ordres/{number}/pieces",
    "/ordres/{number}/pieces/P1", "/ordres/{number}/piece-achetee", "/ordres/{number}/terminer",
    "/ordres/{number}/etat/bloque",
)  # fmt: skip


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _orders(work: Workshop, count: int, **changes: object) -> list[str]:
    with work.site.database.transaction() as session:
        return [make.order(session, work.garage.founder, **changes).number for _ in range(count)]


@pytest.mark.parametrize("path", [*READ, *WORK, "/ordres/{number}/controle", "/ordres/{number}/travail-externe"])
def test_who_may_open_what(work: Workshop, path: str) -> None:
    address = path.format(number=work.number)
    assert work.site.client().get(address).status_code == 303
    for role in ROLES_REFUSED:
        assert work.site.client(role).get(address).status_code == 403
    heads_only = path.endswith(("controle", "travail-externe"))
    assert (work.mechanic.get(address).status_code == 403) is heads_only
    assert (work.site.client(Role.ACCOUNTING).get(address).status_code == 403) is (path not in READ)


@pytest.mark.parametrize("role", [Role.ACCOUNTING, *ROLES_REFUSED])
@pytest.mark.parametrize("path", ["etat/bloque", "controle", "temps", "pieces/P1", "lignes/1/retirer"])
def test_nobody_else_writes(work: Workshop, role: Role, path: str) -> None:
    assert work.site.client(role).post(f"{work.url}/{path}", data={"reason": "x"}).status_code == 403
    assert work.order().state is OrderState.IN_PROGRESS


def test_the_list_shows_what_identifies_an_order(work: Workshop) -> None:
    for client in (work.head, work.mechanic, work.site.client(Role.ACCOUNTING)):
        said(
            client.get("/ordres/"), 200, work.number, "AB-123-CD", "Renault Master", "Bourg", "Fuite d’huile", "BOURG-1"
        )
        assert "En cours" in client.get("/ordres/").text


def test_open_orders_by_default_and_each_state_in_the_address(work: Workshop) -> None:
    other = _orders(work, 1)[0]
    work.act(repair_orders.change_state, work.number, OrderState.BLOCKED, HEAD, clock.now(), reason="Pont en panne")
    work.act(repair_orders.change_state, other, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    shown = {word: re.findall(r"OR-\d{4}-\d{5}", work.head.get(f"/ordres/?etat={word}").text) for word in SLUGS}
    assert {word for word, found in shown.items() if found} == {"bloque", "annule"}
    assert other not in work.head.get("/ordres/").text
    every = work.head.get("/ordres/?etat=tous").text
    assert work.number in every
    assert other in every


def test_unknown_words_in_the_address_change_nothing(work: Workshop) -> None:
    said(work.head.get("/ordres/?etat=nimporte&apres=%00&q=%00"), 200, work.number)
    said(work.head.get("/ordres/?collectivite=INCONNUE"), 200, "Aucun ordre ne correspond", "Retirer les filtres")


@pytest.mark.parametrize("text", ["AB-123-CD", "ab123cd", "BOURG-1", "renault", "{number}", "{last}", "{year}-{last}"])
def test_searching(work: Workshop, text: str) -> None:
    with work.site.database.transaction() as session:
        row = session.get_one(RepairOrder, work.order().id)
        lock = make.order(session, work.garage.founder, object_label="Écluse de l’Œuvre").number
        make.vehicle(session, work.garage.founder, "AUTRE", registration="ZZ-999-ZZ")
        year, last = row.number[3:7], str(int(row.number[8:]))
    found = work.head.get("/ordres/", query_string={"q": text.format(number=work.number, last=last, year=year)}).text
    assert work.number in found
    assert lock not in found
    for words in ("ecluse", "oeuvre ECLUSE", "l’Œuvre"):
        answer = work.head.get("/ordres/", query_string={"q": words}).text
        assert lock in answer
        assert work.number not in answer


def test_search_and_filters_go_together(work: Workshop) -> None:
    query = {"q": "AB-123-CD", "collectivite": "VILLE"}
    said(
        work.head.get("/ordres/", query_string=query), 200, "Aucun ordre ne correspond", "Ville-centre", "« AB-123-CD »"
    )
    said(work.head.get("/ordres/", query_string=query | {"collectivite": "BOURG"}), 200, work.number)


def test_searching_with_wildcards_finds_them_as_they_are(work: Workshop) -> None:
    for text in ("%", "_", "\\"):
        assert work.number not in work.head.get("/ordres/", query_string={"q": text}).text


def test_pages_by_key_there_and_back(work: Workshop) -> None:
    _orders(work, 60)
    seen: list[str] = []
    address = "/ordres/?collectivite=VILLE"
    pages = []
    while address:
        text = work.head.get(address).text
        seen += re.findall(r'href="/ordres/(OR-\d{4}-\d{5})"', text)
        pages.append(address)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, reverse=True)
    back = re.search(r'rel="prev" href="([^"]+)"', work.head.get(pages[2]).text)
    assert back
    second = re.findall(r'href="/ordres/(OR-\d{4}-\d{5})"', work.head.get(back[1].replace("&amp;", "&")).text)
    assert second == seen[24:48]


def test_a_fragment_is_the_list_alone(work: Workshop) -> None:
    answer = work.head.get("/ordres/?q=AB", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert 'role="status"' in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_an_empty_list_says_why_and_what_to_do(work: Workshop) -> None:
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(work.head.get("/ordres/"), 200, "Aucun ordre ouvert.", "Voir tous les ordres")
    said(work.head.get(f"/ordres/?q={work.number}"), 200, "Chercher dans tous les états")
    said(work.head.get(f"/ordres/?q={work.number}&etat=tous"), 200, "Annulé")


def test_csv_of_the_filtered_rows(work: Workshop) -> None:
    _orders(work, 1, reason="=HYPERLINK(1)", object_label="-portail")
    answer = work.head.get("/ordres/export.csv?collectivite=VILLE")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert f"ordres_{clock.today()}.csv" in answer.headers["Content-Disposition"]
    lines = answer.text.split("\r\n")
    assert lines[0].startswith("\ufeffNuméro;État;")
    assert len(lines) == 3
    assert lines[1].endswith(";'=HYPERLINK(1)")
    assert ";'-portail;01/07/2026;" in lines[1]


def test_csv_of_many_rows_is_whole(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.add_all(
            RepairOrder(
                number=f"AN-{n:05d}", collectivity_id=work.garage.founder.id, object_label="Benne", kind="other",
                opened_on=date(2026, 1, 1), state=OrderState.INVOICED, created_at=clock.now(),
            )
            for n in range(1203)
        )  # fmt: skip
    rows = work.head.get("/ordres/export.csv?etat=facture").text.split("\r\n")[1:-1]
    assert len(rows) == len(set(rows)) == 1203


def test_an_order_tells_its_story(work: Workshop) -> None:
    start = clock.now() - timedelta(days=3)
    work.act(repair_orders.change_state, work.number, OrderState.WAITING_PART, HEAD, start, reason="Joint commandé")
    answer = work.mechanic.get(work.url)
    said(answer, 200, "AB-123-CD", "Bourg", "84 310 km", "Fuite d’huile", "Joint commandé", "3 jours", "Attente pièce")
    said(answer, 200, "Rien n’est encore saisi", "Reprendre le travail", "Bloquer…")
    assert "Annuler l’ordre" not in answer.text
    assert "Annuler l’ordre" in work.head.get(work.url).text
    reader = work.site.client(Role.ACCOUNTING).get(work.url).text
    assert "Ajouter du temps" not in reader
    assert "Bloquer" not in reader


def test_an_order_that_is_not_there(work: Workshop) -> None:
    for number in ("OR-1999-00001", "%00"):
        assert work.head.get(f"/ordres/{number}").status_code == 404
    assert work.head.get("/ordres/OR-1999-00001/temps").status_code == 404
    assert work.head.post("/ordres/OR-1999-00001/lignes/1/retirer").status_code == 404
