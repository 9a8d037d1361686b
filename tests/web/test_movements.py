"""The journal of movements, transfers, losses, corrected prices, issues beyond the stock (rules S2 to S4)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.stock import BinStock, Part, StockMovement
from garage.domain.permissions import Role
from garage.domain.stock import MovementKind
from garage.operations import order_lines, stock, stores
from garage.operations.order_lines import Entry
from garage.operations.stock import Movement
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, MECHANIC, Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    with site.database.transaction() as session:
        make.part(session, "HUILE", "20", "4.0000", unit="L", bin="Cuve")
    return made


def moved(work: Workshop, reference: str) -> list[StockMovement]:
    with work.site.database.reading() as session:
        mine = select(StockMovement).join(Part, Part.id == StockMovement.part_id).where(Part.reference == reference)
        return list(session.scalars(mine.order_by(StockMovement.id)))


def bins(work: Workshop, *codes: str) -> dict[str, str]:
    return {code: str(work.act(stores.bin_of, code)) for code in codes}


def posed(work: Workshop, reference: str, quantity: str, reason: str | None = None) -> None:
    def write(session: Any) -> None:
        part = session.scalars(select(Part.id).where(Part.reference == reference)).one()
        new = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today())
        order_lines.add_part(session, new, part, Decimal(quantity), reason)

    work.act(write)


def blank(work: Workshop, path: str) -> dict[str, str]:
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', work.head.get(path).text)
    return {"seen": found[1] if found else ""}


def test_who_reads_them_and_costs_for_the_head_and_accounting(work: Workshop) -> None:
    for path in ("/mouvements", "/mouvements/export.csv"):
        for role in (Role.COLLECTIVITY, Role.ADMIN):
            assert work.site.client(role).get(path).status_code == 403
    page = work.mechanic.get("/mouvements")
    said(page, 200, "Pièce HUILE", "Entrée", "+20", "Reprise", "Cuve", "Pièces en stock")
    assert "€" not in page.text
    for client in (work.head, work.site.client(Role.ACCOUNTING)):
        said(client.get("/mouvements"), 200, "4,00 €", "80,00 €")
    assert "Coût" not in work.mechanic.get("/mouvements/export.csv").text
    lines = work.head.get("/mouvements/export.csv?piece=HUILE").text.split("\r\n")
    assert lines[0].endswith(";Coût unitaire;Coût moyen après;Valeur;Écart de prix")
    assert lines[1].split(";")[3:11] == ["Entrée", "HUILE", "Pièce HUILE", "Magasin", "Cuve", "20,000", "L", "20,000"]
    assert lines[2:] == [""]


def test_filters_are_kept_in_the_address(work: Workshop) -> None:
    posed(work, "HUILE", "5.5")
    found = work.head.get(f"/mouvements?ordre={work.number.lower()}&mouvement=issue&casier=cuve&personne=2")
    said(found, 200, "−5,5 L", work.number, "Casier cuve", "Personne 2", "Retirer le filtre")
    assert "Pièce P1" not in found.text
    said(work.head.get(f"/mouvements?du={clock.today().isoformat()}"), 200, "−5,5 L")
    assert "−5,5" not in work.head.get("/mouvements?au=2021-01-01").text
    said(work.head.get("/mouvements?du=01/01/2020&au=31%2F12%2F2099"), 200, "−5,5 L", "Du 01/01/2020", "au=2099-12-31")
    assert "−5,5" not in work.head.get("/mouvements?au=01/01/2021").text
    said(work.head.get("/mouvements?du=hier"), 200, 'value="hier"', "Saisissez une date", "−5,5 L")
    said(work.head.get("/mouvements?piece=RIEN"), 200, "Aucun mouvement ne correspond", "Voir tous les mouvements")
    for query in ("mouvement=vol&casier=x&personne=-1&du=hier&apres=abc", "apres=%00", "casier=99999999999"):
        assert work.head.get(f"/mouvements?{query}").status_code == 200


def test_pages_of_a_day_hold_each_movement_once_there_and_back(work: Workshop) -> None:
    for n in range(60):
        posed(work, "P1", str(n % 2 + 1))
    today = clock.today().isoformat()
    first = f"/mouvements?mouvement=issue&casier=Sans+casier&personne=2&du={today}&au={today}"
    seen = re.compile(r'<th scope="row">')
    pages = [work.head.get(first).text]
    following = re.search(r'rel="next" href="([^"]+)"', pages[0])
    assert following
    pages.append(work.head.get(following[1].replace("&amp;", "&")).text)
    back = re.search(r'rel="prev" href="([^"]+)"', pages[1])
    assert back
    assert [len(seen.findall(page)) for page in pages] == [50, 10]
    assert len(seen.findall(work.head.get(back[1].replace("&amp;", "&")).text)) == 50


def test_pages_by_key_there_and_back(work: Workshop) -> None:
    for n in range(60):
        posed(work, "P1", str(n % 2 + 1))
    first = work.head.get("/mouvements?piece=P1").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert "piece=P1" in following[1]
    second = work.head.get(following[1].replace("&amp;", "&")).text
    assert "Reprise" in second
    assert "Reprise" not in first
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back
    rows = [
        re.findall(r'<td class="nombre">(\d+)</td>', text)
        for text in (first, work.head.get(back[1].replace("&amp;", "&")).text)
    ]
    assert rows[0] == rows[1]


def test_a_transfer_moves_between_bins_and_leaves_the_part_alone(work: Workshop) -> None:
    ids = bins(work, "Cuve", "Camion")
    path = "/mouvements/transfert/HUILE"
    said(work.head.get(path), 200, "Cuve (20)", "Camion")
    form = {"quantity": "7,5", "from_bin": ids["Cuve"], "to_bin": ids["Camion"], "reason": "Tournée"} | blank(
        work, path
    )
    for _ in range(2):
        assert work.head.post(path, data=form).status_code == 303
    last = moved(work, "HUILE")
    assert [(row.kind, row.quantity) for row in last[1:]] == [
        (MovementKind.TRANSFER, Decimal("-7.5")), (MovementKind.TRANSFER, Decimal("7.5")),
    ]  # fmt: skip
    assert sum(row.value_change for row in last[1:]) == 0
    with work.site.database.reading() as session:
        held = dict(
            session.execute(select(BinStock.bin_id, BinStock.quantity).where(BinStock.part_id == last[0].part_id)).all()
        )
    assert held == {int(ids["Cuve"]): Decimal("12.5"), int(ids["Camion"]): Decimal("7.5")}
    said(work.head.get("/stock/HUILE"), 200, "20 L en stock")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": ""}, "Saisissez la quantité"),
        ({"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantity": "-2"}, "La quantité −2 n’est pas possible"),
        ({"quantity": "1,2345"}, "Saisissez un nombre"),
        ({"quantity": "21"}, "20"),
        ({"to_bin": ""}, "Choisissez le casier d’arrivée"),
        ({"from_bin": ""}, "Choisissez le casier de départ"),
        ({"to_bin": "Cuve"}, "Cuve"),
        ({"to_bin": "999999"}, "Introuvable : casier"),
        ({"done_on": "2999-01-01"}, "2999"),
    ],
)
def test_what_a_transfer_refuses(work: Workshop, values: dict[str, str], words: str) -> None:
    ids = bins(work, "Cuve", "Camion")
    form = {"quantity": "2", "from_bin": ids["Cuve"], "to_bin": ids["Camion"], "reason": "Tournée du soir"} | values
    form["to_bin"] = ids.get(form["to_bin"], form["to_bin"])
    said(work.head.post("/mouvements/transfert/HUILE", data=form), 422, words, "Tournée du soir")
    assert len(moved(work, "HUILE")) == 1


def test_a_loss_says_why_and_counts_once(work: Workshop) -> None:
    (cuve,) = bins(work, "Cuve").values()
    path = "/mouvements/perte/HUILE"
    form = {"quantity": "2", "from_bin": cuve, "why": "broken", "reason": "bidon percé"}
    said(work.head.post(path, data=form | {"why": ""}), 422, "Choisissez le motif", "bidon percé")
    said(work.head.post(path, data=form | {"reason": ""}), 422, "Dites ce qui s’est passé")
    said(work.head.post(path, data=form | {"quantity": "40"}), 422, "40")
    form |= blank(work, path)
    for _ in range(2):
        assert work.head.post(path, data=form).status_code == 303
    (_, lost) = moved(work, "HUILE")
    assert (lost.kind, lost.quantity, lost.value_change) == (MovementKind.LOSS, Decimal(-2), Decimal(-8))
    assert lost.reason == "Casse\u00a0: bidon percé"
    said(work.head.get("/mouvements?mouvement=loss"), 200, "Casse : bidon percé", "−2 L", "−8,00 €")
    assert work.mechanic.get(path).status_code == work.mechanic.post(path, data=form).status_code == 403
    assert work.head.get("/mouvements/perte/RIEN").status_code == 404


def test_a_corrected_price_is_checked_then_written(work: Workshop) -> None:
    posed(work, "HUILE", "5")
    received = moved(work, "HUILE")[0]
    path = f"/mouvements/{received.id}/prix"
    said(work.head.get("/mouvements?piece=HUILE"), 200, path)
    said(work.head.get(path), 200, "Coût enregistré", "Voir ce que cela change")
    form = {"cost": "5", "reason": "Facture 118"}
    said(work.head.post(path, data=form | {"reason": ""}), 422, "Saisissez le motif")
    said(work.head.post(path, data=form | {"cost": "-5"}), 422, "n’est pas possible")
    checked = work.head.post(path, data=form)
    said(checked, 200, "4,00 €", "5,00 €", "60,00 €", "75,00 €", "Écart de prix", "Corriger le prix")
    assert len(moved(work, "HUILE")) == 2
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', checked.text)
    assert seen
    said(work.head.post(path, data=form | {"seen": seen[1], "cost": "6"}), 200, "6,00 €", "90,00 €")
    for _ in range(2):
        assert work.head.post(path, data=form | {"seen": seen[1]}).status_code == 303
    written = moved(work, "HUILE")[-1]
    assert (written.kind, written.average_cost, written.variance) == (MovementKind.PRICE, Decimal(5), Decimal(5))
    assert (written.value_change, len(moved(work, "HUILE"))) == (Decimal(15), 3)
    assert work.lines()[-1].cost == Decimal(4)
    said(work.head.get("/mouvements?mouvement=price"), 200, "Correction de prix", "sur le stock")


def test_a_price_checked_before_the_part_moved_is_checked_again(work: Workshop) -> None:
    received = moved(work, "HUILE")[0]
    path = f"/mouvements/{received.id}/prix"
    form = {"cost": "5", "reason": "Facture 118"}
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', work.head.post(path, data=form).text)
    assert seen
    posed(work, "HUILE", "1")
    assert work.head.post(path, data=form | {"seen": seen[1]}).status_code == 422
    assert moved(work, "HUILE")[-1].kind is MovementKind.ISSUE
    issued = moved(work, "HUILE")[-1].id
    assert work.head.post(f"/mouvements/{issued}/prix", data=form).status_code == 422
    assert work.head.get("/mouvements/999999/prix").status_code == 404


def test_forced_issues_are_listed_until_a_receipt_or_a_count_settles_them(work: Workshop) -> None:
    page = "/mouvements/au-dela-du-stock"
    said(work.head.get(page), 200, "Rien à régulariser.")
    posed(work, "HUILE", "23", "Dépannage de nuit")
    posed(work, "P1", "102", "Livraison non saisie")
    said(
        work.head.get(page), 200, "−3 L en stock", "Dépannage de nuit", work.number, "/stock/HUILE/entree", "−2 u",
        "/inventaires/nouveau?piece=HUILE",
        "casier Cuve : −3",
    )  # fmt: skip
    accounting = work.site.client(Role.ACCOUNTING).get(page)
    said(accounting, 200, "Dépannage de nuit")
    assert "/entree" not in accounting.text
    assert work.mechanic.get(page).status_code == 403
    lines = work.site.client(Role.ACCOUNTING).get(f"{page}.csv").text.splitlines()
    assert [line.split(";")[:4] for line in lines[1:]] == [
        ["HUILE", "Pièce HUILE", "-3,000", "L"], ["P1", "Pièce P1", "-2,000", "u"],
    ]  # fmt: skip

    def settle(session: Any) -> None:
        ids = {row.reference: row.id for row in session.execute(select(Part.reference, Part.id))}
        told = Movement(clock.today(), HEAD, clock.now(), "BL 9")
        stock.receive(session, ids["HUILE"], Decimal(3), Decimal(4), told)
        stock.count(session, ids["P1"], Decimal(0), Movement(clock.today(), MECHANIC, clock.now(), "Compté"))

    work.act(settle)
    said(work.head.get(page), 200, "Rien à régulariser.")
