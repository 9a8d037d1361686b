"""The daily gestures in a real browser: few taps, search as one types, and all of it without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from garage.domain.permissions import Role

Open = Callable[..., Page]
ORDER = "/ordres/OR-2024-00005"
PHONE = (390, 844)


def test_a_part_is_two_taps_and_its_undo_one(open_page: Open) -> None:
    page = open_page(Role.MECHANIC, size=PHONE)
    page.goto("/ordres/OR-2024-00001")
    page.get_by_role("link", name="Pièce à ajouter").click()
    page.get_by_role("button", name=re.compile("Kit de joints.* à ajouter")).first.click()
    expect(page.get_by_role("status").filter(has_text="1 × Kit de joints")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Ligne retirée", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_work_is_one_tap_to_tick_and_one_to_untick(open_page: Open, *, scripts: bool) -> None:
    page = open_page(Role.MECHANIC, size=PHONE, java_script_enabled=scripts)
    page.goto("/ordres/OR-2023-00001")
    page.get_by_role("button", name="À faire\u00a0: Purger les freins (2)").click()
    done = page.get_by_role("button", name="Fait\u00a0: Purger les freins (2)")
    expect(done).to_be_visible()
    expect(done).to_have_attribute("aria-pressed", "true")
    done.click()
    expect(page.get_by_role("button", name="À faire\u00a0: Purger les freins (2)")).to_be_visible()


def test_parts_are_found_while_typing(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto(f"{ORDER}/pieces")
    page.get_by_label("Référence, désignation ou code-barres").press_sequentially("fh-0012")
    expect(page.get_by_text("1\u00a0pièce trouvée.")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('?')[0]}?q=fh-0012")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_order_from_the_plate_to_its_check(open_page: Open, *, scripts: bool) -> None:
    page = open_page(Role.HEAD, size=PHONE, java_script_enabled=scripts)
    page.goto("/ordres/nouveau")
    page.get_by_label("Plaque, numéro de parc ou modèle").fill("lb001")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Renault Master L3H2 benne").click()
    page.get_by_label("Motif de la demande").fill("Voyant moteur")
    page.get_by_role("button", name="Ouvrir l’ordre").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ordre OR-")
    page.get_by_role("link", name="Ajouter du temps").click()
    page.get_by_label("Temps passé").fill("1 h 30")
    page.get_by_role("button", name="Ajouter du temps").click()
    expect(page.get_by_text("Choisissez la main-d’œuvre dans la liste").first).to_be_visible()
    expect(page.get_by_label("Temps passé")).to_have_value("1 h 30")
    page.get_by_label("Main-d’œuvre").select_option("MO-VL")
    page.get_by_role("button", name="Ajouter du temps").click()
    page.get_by_role("link", name="Terminer l’OR").click()
    page.get_by_role("button", name="Terminer l’OR").click()
    page.get_by_role("link", name="Contrôler…").click()
    page.get_by_role("button", name="Valider le contrôle").click()
    expect(page.get_by_text("terminé").first).to_be_visible()


def test_filters_stay_while_typing(open_page: Open) -> None:
    page = open_page(Role.ACCOUNTING)
    page.goto("/ordres/?etat=bloque")
    page.get_by_label("Numéro, plaque, parc ou objet").press_sequentially("dechet")
    expect(page.get_by_text("1\u00a0ordre affiché.")).to_be_visible()
    assert "etat=bloque" in page.url


def test_an_order_on_paper(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/ordres/OR-2024-00001")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Avancement")).to_be_hidden()
    assert page.get_by_role("button").filter(visible=True).count() == 0
