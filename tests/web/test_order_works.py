"""Works of an order on its pages: ticked, put off, taken up again, checked; packages of the head (rule O3)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.order_works import OrderCheck, OrderWork, Package
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.tariffs import TariffGridLine
from garage.domain.order_works import CheckResult, WorkState
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import packages, repair_orders
from garage.operations.packages import Content
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

OUTBOX = {"X-Saisie": "1"}
PACKAGE = {"code": "vid-vl", "label": "Vidange", "labour_code": "MO-VL", "standard_minutes": "1 h 30"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def send(work: Workshop, slug: str, **fields: Any) -> TestResponse:
    return work.mechanic.post(f"/saisies/{slug}", data={"ordre": work.number} | fields)


def works(work: Workshop) -> list[OrderWork]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(OrderWork).order_by(OrderWork.id)))


def points(work: Workshop) -> list[OrderCheck]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(OrderCheck).order_by(OrderCheck.id)))


def undo(work: Workshop, page: str | None = None) -> TestResponse:
    """Press «Annuler» in the banner of a page."""
    text = work.mechanic.get(page or work.url).text
    found = re.search(r'<div class="annuler".*?action="([^"]+)"', text, re.DOTALL)
    assert found, text[text.find("<main") :][:3000]
    return work.mechanic.post(found[1].replace("&amp;", "&"))


def ready(work: Workshop, **changes: Any) -> None:
    content = {"parts": (("P1", Decimal(2)),), "points": ("Freins", "Phares")} | changes
    work.act(packages.create, Content("VID", "Vidange", "MO-VL", 90, **content), HEAD, clock.now())


def another_order(work: Workshop) -> str:
    def open_(session: Any) -> str:
        return make.order(session, work.garage.partner, vehicle_id=work.garage.vehicles["BOURG"].id).number

    return str(work.act(open_))


def test_a_work_is_chosen_from_the_grid_the_packages_or_written(work: Workshop) -> None:
    ready(work)
    said(work.mechanic.get(work.url), 200, "Aucun travail inscrit", "Ajouter un travail")
    page = work.mechanic.get(f"{work.url}/travaux")
    said(page, 200, "Forfaits d’atelier", "Vidange", "prévu", "1 pièce", "2 points à contrôler", "Lavage", "au forfait")
    assert "MAJ-P" not in page.text
    found = work.mechanic.get(f"{work.url}/travaux?q=lav")
    said(found, 200, "1 travail trouvé", "Tel que vous l’avez écrit", 'value="LAV"')
    assert "Vidange" not in found.text
    fragment = work.mechanic.get(f"{work.url}/travaux?q=lav", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    for chosen in ({"code": "LAV"}, {"forfait": "VID"}, {"texte": "Purger les freins"}):
        assert send(work, "travail", **chosen).location == work.url
    said(work.mechanic.get(work.url), 200, "Lavage", "Vidange", "Purger les freins", "3 à faire", "prévu 1 h 30")
    said(work.mechanic.get(work.url), 200, "2 points à contrôler")


def test_adding_says_so_and_is_undone(work: Workshop) -> None:
    send(work, "travail", texte="Purger les freins")
    said(work.mechanic.get(work.url), 200, "« Purger les freins » ajouté")
    send(work, "travail", texte="Changer un phare")
    assert undo(work).status_code == 303
    assert [one.state for one in works(work)] == [WorkState.TODO, WorkState.DROPPED]
    said(work.mechanic.get(work.url), 200, "retiré de l’ordre", "1 travail retiré", "Remettre")
    work.mechanic.get(work.url)
    send(work, "remettre-travail", travail="2")
    assert [one.state for one in works(work)] == [WorkState.TODO, WorkState.TODO]


def test_nothing_to_do_is_refused_where_it_is_typed(work: Workshop) -> None:
    said(send(work, "travail"), 422, "Choisissez un travail dans la liste", "Travail à faire")
    said(send(work, "travail", code="RIEN"), 422, "Aucune grille publiée n’a le code « RIEN »")
    assert works(work) == []


@pytest.mark.parametrize("slug", ["travail", "cocher", "decocher", "retirer-travail", "remettre-travail"])
def test_each_entry_counts_once(work: Workshop, slug: str) -> None:
    send(work, "travail", code="LAV", cle="premier")
    if slug in ("decocher",):
        send(work, "cocher", travail="1")
    if slug == "remettre-travail":
        send(work, "retirer-travail", travail="1")
    data = {"travail": "1", "code": "LAV", "cle": "k1", "ordre": work.number}
    first = work.mechanic.post(f"/saisies/{slug}", data=data, headers=OUTBOX)
    again = work.mechanic.post(f"/saisies/{slug}", data=data, headers=OUTBOX)
    assert (first.status_code, again.status_code) == (201, 409)
    assert len(works(work)) == (2 if slug == "travail" else 1)


def test_a_tick_puts_the_flat_price_on_the_order_and_untick_takes_it_off(work: Workshop) -> None:
    send(work, "travail", code="LAV")
    assert send(work, "cocher", travail="1", retour=f"{work.url}#travail-1").location == f"{work.url}#travail-1"
    page = work.mechanic.get(work.url)
    said(page, 200, "« Lavage » fait, forfait ajouté à l’ordre", "Fait par Personne 1", 'aria-pressed="true"')
    said(page, 200, "tous faits ou reportés")
    assert [line.code for line in work.lines()] == ["LAV"]
    send(work, "cocher", travail="1")
    said(work.mechanic.get(work.url), 200, "Ce travail était déjà coché")
    assert len(work.lines()) == 1
    send(work, "decocher", travail="1")
    assert work.lines() == []
    assert undo(work).status_code == 303
    assert len(work.lines()) == 1
    undo(work)
    assert works(work)[0].state is WorkState.TODO
    send(work, "decocher", travail="1")
    said(work.mechanic.get(work.url), 200, "Ce travail n’était pas coché")


def test_the_work_is_its_author_s(work: Workshop) -> None:
    send(work, "travail", texte="Essai")
    signed = work.mechanic.get("/saisies/jeton").json["auteur"]
    work.head.post("/saisies/cocher", data={"ordre": work.number, "travail": "1", "auteur": signed})
    assert works(work)[0].done_by_id == 1


def test_put_off_with_a_reason_and_taken_up_at_the_next_visit(work: Workshop) -> None:
    send(work, "travail", texte="Pneus arrière")
    said(send(work, "reporter-travail", travail="1"), 422, "Indiquez le motif")
    assert send(work, "reporter-travail", travail="1", reason="Pièce à commander").status_code == 303
    page = work.mechanic.get(work.url)
    said(page, 200, "Reporté : Pièce à commander", "reporté à la prochaine visite")
    assert "Travaux reportés de ce véhicule" not in page.text
    later = another_order(work)
    page = work.mechanic.get(f"/ordres/{later}")
    said(page, 200, "Travaux reportés de ce véhicule", "Pneus arrière", "Reprendre ici", work.number)
    said(work.mechanic.get(f"/ordres/{later}/travaux"), 200, "Reprendre ici")
    work.mechanic.post("/saisies/reprendre-travail", data={"ordre": later, "travail": "1"})
    page = work.mechanic.get(f"/ordres/{later}")
    said(page, 200, "« Pneus arrière » repris sur cet ordre")
    assert "Travaux reportés" not in page.text
    said(work.mechanic.get(f"{work.url}/travaux/1"), 200, "Repris sur l’ordre", later)
    refused = work.mechanic.post("/saisies/remettre-travail", data={"ordre": work.number, "travail": "1"})
    said(refused, 422, f"n’est plus reporté : voyez l’ordre {later}")
    work.mechanic.post("/saisies/retirer-travail", data={"ordre": later, "travail": "2"})
    said(work.mechanic.get(f"/ordres/{later}"), 200, "Travaux reportés de ce véhicule")


def test_putting_off_is_undone_and_so_is_putting_back(work: Workshop) -> None:
    send(work, "travail", texte="Pneus arrière")
    send(work, "reporter-travail", travail="1", reason="Pièce à commander")
    work.mechanic.get("/ordres/")
    send(work, "remettre-travail", travail="1")
    assert works(work)[0].state is WorkState.TODO
    undo(work)
    assert (works(work)[0].state, works(work)[0].reason) == (WorkState.POSTPONED, "Pièce à commander")
    undo(work)
    assert works(work)[0].state is WorkState.TODO


def test_an_opened_order_offers_what_was_put_off(work: Workshop) -> None:
    for words in ("Pneus arrière", "Peinture"):
        send(work, "travail", texte=words)
    for key in ("1", "2"):
        send(work, "reporter-travail", travail=key, reason="Pièce à commander")
    said(work.mechanic.get("/ordres/nouveau?vehicule=BOURG-1"), 200, "Travaux reportés de ce véhicule", "Peinture")
    sent = {"collectivity": "BOURG", "vehicle": "BOURG-1", "kind": "breakdown", "reprises": ["1", "nimporte"]}
    refused = work.mechanic.post("/ordres/nouveau", data=sent | {"meter": "beaucoup"})
    said(refused, 422, 'value="1" checked')
    for _ in range(2):
        opened = work.mechanic.post("/ordres/nouveau", data=sent | {"form_token": "o" * 32})
        assert opened.status_code == 303
    assert work.count(RepairOrder) == 2
    assert [one.label for one in works(work)] == ["Pneus arrière", "Peinture", "Pneus arrière"]
    said(work.mechanic.get(opened.location), 200, "Pneus arrière", "Peinture", "Reprendre ici")


def test_the_same_work_on_another_open_order_is_signalled(work: Workshop) -> None:
    later = another_order(work)
    send(work, "travail", texte="Phare avant cassé")
    work.mechanic.get(work.url)
    work.mechanic.post("/saisies/travail", data={"ordre": later, "texte": "PHARE avant casse"})
    page = work.mechanic.get(f"/ordres/{later}")
    said(page, 200, f"ajouté. Aussi à faire sur l’ordre {work.number}", "aussi à faire sur")
    work.mechanic.post("/saisies/travail", data={"ordre": later, "texte": "Phare avant cassé"})
    said(work.mechanic.get(f"/ordres/{later}"), 200, "ajouté.")
    send(work, "cocher", travail="1")
    assert "aussi à faire sur" not in work.mechanic.get(f"/ordres/{later}").text


def test_a_checklist_is_answered_and_a_fault_proposes_its_work(work: Workshop) -> None:
    ready(work)
    send(work, "travail", forfait="VID")
    page = work.mechanic.get(f"{work.url}/travaux/1")
    said(page, 200, "Points à contrôler", "0 sur 2", "<span>Bon<", "<span>Défaut<", "<span>Sans objet<")
    send(work, "controle", point="1", resultat="ok")
    send(work, "controle", point="2", resultat="failed", retour=f"{work.url}/travaux/1#point-2")
    page = work.mechanic.get(f"{work.url}/travaux/1")
    said(page, 200, "2 sur 2", "Ajouter le travail : Phares", "Reporter", "Phares : défaut")
    said(work.mechanic.get(work.url), 200, "1 défaut à traiter")
    send(work, "controle", point="2", resultat="failed", vu="failed", note="Ampoule grillée")
    assert points(work)[1].note == "Ampoule grillée"
    send(work, "suite-controle", point="2")
    send(work, "suite-controle", point="2")
    assert [one.label for one in works(work)] == ["Vidange", "Phares – Ampoule grillée"]
    said(work.mechanic.get(f"{work.url}/travaux/1"), 200, "Travail ajouté", "voir ce travail")
    assert "à traiter" not in work.mechanic.get(work.url).text
    send(work, "controle", point="1", resultat="failed", vu="ok")
    send(work, "suite-controle", point="1", reporter="1")
    assert works(work)[2].state is WorkState.POSTPONED
    said(send(work, "suite-controle", point="9999"), 422, "Introuvable")


def test_a_check_is_undone_and_the_second_answer_is_asked_about(work: Workshop) -> None:
    ready(work)
    send(work, "travail", forfait="VID")
    send(work, "controle", point="1", resultat="failed", note="Usés", retour=f"{work.url}/travaux/1")
    undo(work, f"{work.url}/travaux/1")
    undo(work, f"{work.url}/travaux/1")
    assert (points(work)[0].result, points(work)[0].note) == (CheckResult.FAILED, "Usés")
    told = work.head.post("/saisies/controle", data={"ordre": work.number, "point": "1", "resultat": "ok"})
    said(told, 409, "Personne 1 a saisi le point « Freins »", "Garder Défaut", "Remplacer par Bon")
    sent = {"ordre": work.number, "point": "1", "resultat": "ok", "vu": "failed"}
    assert work.head.post("/saisies/controle", data=sent).status_code == 303
    assert points(work)[0].result is CheckResult.OK
    said(send(work, "suite-controle", point="1"), 422, "n’est pas en défaut")


def test_a_reader_reads_and_a_closed_order_takes_nothing(work: Workshop) -> None:
    ready(work)
    send(work, "travail", forfait="VID")
    reader = work.site.client(Role.ACCOUNTING)
    page = reader.get(work.url)
    said(page, 200, "Vidange")
    assert "/saisies/" not in page.text
    assert "/saisies/" not in reader.get(f"{work.url}/travaux/1").text
    assert reader.get(f"{work.url}/travaux").status_code == 403
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    assert "Ajouter un travail" not in work.mechanic.get(work.url).text
    for slug in ("cocher", "retirer-travail", "travail"):
        said(send(work, slug, travail="1", texte="Essai"), 422, "est « Annulé »")
    late = work.mechanic.post(
        "/saisies/cocher", data={"ordre": work.number, "travail": "1", "cle": "t1"}, headers={"X-Saisie": "rejouee"}
    )
    assert late.status_code == 202
    assert work.count(Entry) == 2


@pytest.mark.parametrize("key", ["", "abc", "0", "99999999999", "²"])
def test_strange_keys_are_not_there(work: Workshop, key: str) -> None:
    for slug, name in (("cocher", "travail"), ("controle", "point"), ("suite-controle", "point")):
        said(send(work, slug, **{name: key}), 422, "Introuvable")
    assert work.mechanic.get(f"{work.url}/travaux/99999").status_code == 404


def test_the_head_makes_changes_and_puts_away_packages(work: Workshop) -> None:
    said(work.head.get("/forfaits-atelier"), 200, "Aucun forfait d’atelier", "Créer un forfait")
    rows = {"rows-0-reference": "P1", "rows-0-quantity": "2", "rows-1-reference": "", "rows-1-quantity": ""}
    sent = PACKAGE | rows | {"points": "Freins\r\n\r\n  Phares  "}
    assert work.head.post("/forfaits-atelier/nouveau", data=sent).location == "/forfaits-atelier"
    said(work.head.get("/forfaits-atelier"), 200, "VID-VL", ">1 h 30<", "1 pièce", "2 points à contrôler", "créé")
    form = work.head.get("/forfaits-atelier/VID-VL")
    said(form, 200, 'value="P1"', "Pièce P1", "Freins\nPhares", "1 h 30")
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', form.text)
    assert seen
    again = sent | {"label": "Vidange moteur", "seen": seen[1]}
    assert work.head.post("/forfaits-atelier/VID-VL", data=again).status_code == 303
    said(work.head.post("/forfaits-atelier/VID-VL", data=again), 409, "Quelqu’un d’autre a modifié")
    assert work.head.post("/forfaits-atelier/VID-VL/archiver").status_code == 303
    said(work.head.get("/forfaits-atelier"), 200, "Archivés", "Remettre en service", "archivé")
    assert "Vidange moteur" not in work.mechanic.get(f"{work.url}/travaux").text
    assert work.head.post("/forfaits-atelier/VID-VL/remettre").status_code == 303
    said(work.mechanic.get(f"{work.url}/travaux"), 200, "Vidange moteur")
    for path in ("", "/nouveau", "/VID-VL"):
        assert work.mechanic.get(f"/forfaits-atelier{path}").status_code == 403


@pytest.mark.parametrize(
    ("typed", "words", "shown"),
    [
        ({"code": ""}, "Saisissez un code", ""),
        ({"code": "é"}, "Le code « é » n’est pas valable", 'value="é"'),
        ({"label": ""}, "Saisissez la désignation", ""),
        ({"standard_minutes": "longtemps"}, "Saisissez une durée", 'value="longtemps"'),
        ({"standard_minutes": "30 h"}, "Le temps doit aller", 'value="30 h"'),
        ({"labour_code": "LAV"}, "Aucune grille publiée n’a le code « LAV »", ""),
        ({"rows-0-reference": "RIEN", "rows-0-quantity": "1"}, "Introuvable : pièce « RIEN »", 'value="RIEN"'),
        ({"rows-0-reference": "P1", "rows-0-quantity": "0"}, "La quantité 0 n’est pas possible", 'value="0"'),
        ({"rows-0-reference": "P1", "rows-0-quantity": ""}, "Saisissez la quantité", 'value="P1"'),
        ({"rows-0-reference": "", "rows-0-quantity": "2"}, "Saisissez la référence", 'value="2"'),
        ({"rows-0-reference": "P1", "rows-0-quantity": "x"}, "Saisissez un nombre", 'value="x"'),
        ({"points": "x" * 201}, "200 caractères au plus", "x" * 201),
    ],
)
def test_what_is_wrong_in_a_package_is_said_beside_it(
    work: Workshop, typed: dict[str, str], words: str, shown: str
) -> None:
    answer = work.head.post("/forfaits-atelier/nouveau", data=PACKAGE | typed)
    said(answer, 422, words, "Il y a 1 erreur", shown)
    assert answer.text.count("message-erreur") == 1
    assert work.count(Package) == 0


def test_a_code_of_a_past_grid_is_kept_in_its_package(work: Workshop) -> None:
    ready(work)
    with work.site.database.transaction() as session:
        for line in session.scalars(select(TariffGridLine).where(TariffGridLine.code == "MO-VL")):
            line.code = f"MO-{line.grid_id}"
    said(work.head.get("/forfaits-atelier/VID"), 200, "MO-VL – hors de la grille en vigueur")
    assert yesterday() < clock.today()
