"""What is being typed is kept on the device, and never written over what somebody else saved since."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from garage.domain.permissions import Role

Open = Callable[..., Page]
ORDER = "/achats/CF-2026-00001"
KEPT = "() => Object.keys(localStorage).filter((key) => key.startsWith('brouillon:'))"


def save(page: Page, price: str) -> None:
    page.locator("input[name^='prix_']").first.fill(price)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("enregistrée")).to_be_visible()


def price(page: Page) -> str:
    return page.locator("input[name^='prix_']").first.input_value()


def test_saved_on_its_own_page_it_is_forgotten_and_another_s_change_is_shown(open_page: Open) -> None:
    first, second = open_page(Role.HEAD), open_page(Role.HEAD)
    first.goto(ORDER)
    save(first, "51")
    expect(first.get_by_text("repris")).to_have_count(0)
    assert first.evaluate(KEPT) == []
    second.goto(ORDER)
    save(second, "77")
    first.goto(ORDER)
    assert price(first) == "77,00"


def test_typed_before_somebody_else_saved_it_is_left(open_page: Open) -> None:
    first, second = open_page(Role.HEAD), open_page(Role.HEAD)
    first.goto(ORDER)
    first.locator("input[name^='prix_']").first.fill("12")
    expect(first.get_by_text("Brouillon enregistré à")).to_be_visible()
    second.goto(ORDER)
    save(second, "78")
    first.goto(ORDER)
    expect(first.get_by_text("la page a changé depuis")).to_be_visible()
    assert price(first) == "78,00"


def test_another_form_of_the_page_is_sent_and_what_was_typed_stays(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto(ORDER)
    page.locator("input[name^='prix_']").first.fill("13")
    expect(page.get_by_text("Brouillon enregistré à")).to_be_visible()
    page.get_by_label("Référence").fill("INCONNUE")
    page.get_by_label("Quantité", exact=True).last.fill("1")
    page.get_by_role("button", name="Ajouter la ligne").click()
    expect(page.locator("[data-resume-erreurs]")).to_be_visible()
    page.goto(ORDER)
    assert price(page) == "13"


def test_a_movement_that_was_written_leaves_nothing_to_send_again(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/mouvements/perte/HUILE-15W40")
    page.locator("[name=quantity]").fill("0,5")
    page.locator("[name=reason]").fill("Bidon renversé")
    page.locator("[name=why]").first.check()
    page.get_by_label("Casier").select_option(index=1)
    expect(page.get_by_text("Brouillon enregistré à")).to_be_visible()
    page.get_by_role("button", name="Enregistrer la perte").click()
    expect(page.get_by_text("Perte de")).to_be_visible()
    page.wait_for_function("() => !sessionStorage.getItem('garage.brouillon')")
    assert page.evaluate(KEPT) == []
