"""The outbox under fire: whatever the network does, each entry reaches the server once, at its own time, or is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.repair_orders import RepairOrder
from garage.domain.entries import EntryState
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import order_works, repair_orders
from tests.web.harness import PASSWORD, email_of
from tests.web.workshop import HEAD

from .conftest import find_browser
from .offline import Link, Shop, ask, back_online, big_photo, eventually, opened, sign_in, stored, tablet

KEPT = "Enregistré sur cet appareil. Envoi dès le retour du réseau."


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    context = tablet(browser, shop)
    made = context.new_page()
    sign_in(made)
    yield made
    context.close()


@pytest.fixture
def order(page: Page, shop: Shop) -> str:
    number = shop.order()
    page.goto(shop.page(number))
    return number


def add(page: Page) -> None:
    page.get_by_role("button", name="Ajouter le filtre").click()


def test_with_a_good_network_an_entry_is_applied_at_once_and_the_page_renewed(
    page: Page, shop: Shop, order: str
) -> None:
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    expect(page.locator("#saisies")).to_be_empty()
    assert [entry.state.value for entry in shop.entries(order)] == ["applied"]
    assert stored(page) == []


def test_a_server_that_does_not_answer(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.cut()
    add(page)
    expect(page.locator("#saisies")).to_contain_text(KEPT)
    expect(page.locator("#saisies li")).to_contain_text("Ajouter le filtre, en attente d’envoi")
    expect(page.locator("#saisies-a-envoyer span")).to_have_text("1\u00a0saisie à envoyer")
    assert shop.entries(order) == []
    link.restore()
    back_online(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()
    assert len(shop.entries(order)) == 1


def test_an_answer_lost_after_reception_is_not_doubled(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.deaf()
    add(page)
    expect(page.locator("#saisies")).to_contain_text(KEPT)
    assert len(shop.entries(order)) == 1
    link.restore()
    back_online(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()
    assert len(shop.entries(order)) == 1
    assert stored(page) == []


def test_a_double_tap_is_one_entry(page: Page, shop: Shop, order: str) -> None:
    page.get_by_role("button", name="Ajouter le filtre").dblclick()
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    page.get_by_role("button", name="Ajouter le filtre").evaluate("(b) => { b.click(); b.click(); }")
    expect(page.locator("#lignes")).to_have_text("2 lignes")
    Link(page).cut()
    page.get_by_role("button", name="Ajouter le filtre").dblclick()
    expect(page.locator("#saisies li")).to_have_count(1)
    assert len(stored(page)) == 1
    assert len(shop.entries(order)) == 2


def test_entries_leave_in_the_order_they_were_made(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.cut()
    page.get_by_label("Note").fill("première")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#saisies li")).to_have_count(1)
    expect(page.get_by_label("Note")).to_have_value("")
    page.wait_for_timeout(1300)
    page.get_by_label("Note").fill("seconde")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#saisies li")).to_have_count(2)
    page.wait_for_timeout(1300)
    link.restore()
    add(page)
    expect(page.locator("#lignes")).to_have_text("3 lignes")
    told = [(entry.kind, entry.data.get("text")) for entry in shop.entries(order)]
    assert told == [("note", "première"), ("note", "seconde"), ("piece", None)]


def test_what_is_refused_at_once_is_told_at_its_field_and_kept(page: Page, shop: Shop, order: str) -> None:
    page.get_by_label("Quantité").fill("beaucoup")
    page.get_by_role("button", name="Ajouter cette quantité").click()
    summary = page.locator(".resume-erreurs")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Il y a 1\u00a0erreur")
    expect(page.get_by_label("Quantité")).to_have_value("beaucoup")
    expect(page.get_by_label("Quantité")).to_have_attribute("aria-invalid", "true")
    summary.get_by_role("link").click()
    expect(page.get_by_label("Quantité")).to_be_focused()
    assert stored(page) == []
    page.get_by_label("Quantité").fill("2")
    page.get_by_role("button", name="Ajouter cette quantité").click()
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    expect(page.locator(".resume-erreurs")).to_be_hidden()


def test_the_clock_started_without_network_shows_pause_and_both_arrive(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.cut()
    page.get_by_role("button", name="Démarrer").click()
    pause = page.get_by_role("button", name="Pause")
    expect(pause).to_contain_text("Pause (depuis")
    page.reload()
    expect(pause).to_be_visible()
    pause.click()
    expect(page.get_by_role("button", name="Démarrer")).to_be_visible()
    expect(page.locator("#saisies-a-envoyer span")).to_have_text("2\u00a0saisies à envoyer")
    link.restore()
    back_online(page)
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()
    eventually(lambda: stored(page) == [], page)
    with shop.work.site.database.reading() as session:
        kinds = session.scalars(select(Entry.kind).order_by(Entry.id.desc()).limit(2)).all()
    assert kinds == ["pause", "demarrer"]


def test_two_tablets_on_one_order(page: Page, shop: Shop, order: str, browser: Browser) -> None:
    other = tablet(browser, shop)
    second = other.new_page()
    sign_in(second, "second@exemple.test")
    second.goto(shop.page(order))
    for one in (page, second):
        Link(one).cut()
        one.get_by_label("Note").fill(f"vu par {'un' if one is page else 'deux'}")
        one.get_by_role("button", name="Enregistrer la note").click()
        expect(one.locator("#saisies li")).to_have_count(1)
    for one in (second, page):
        Link(one).restore()
        back_online(one)
        expect(one.locator("#saisies-a-envoyer")).to_be_hidden()
    assert {(entry.data["text"], entry.author_id) for entry in shop.entries(order)} == {
        ("vu par un", 1),
        ("vu par deux", 6),
    }
    other.close()


def test_a_tablet_closed_in_the_middle_loses_nothing(browser: Browser, shop: Shop, tmp_path: Path) -> None:
    number = shop.order()
    options = {"base_url": shop.origin, "service_workers": "block", "executable_path": find_browser()}
    context = browser.browser_type.launch_persistent_context(tmp_path, headless=True, **options)
    page = context.new_page()
    sign_in(page)
    page.goto(shop.page(number))
    page.route("**/saisies/*", lambda route: None)  # neither sent nor refused: the way hangs
    add(page)
    eventually(lambda: len(stored(page)) == 1, page)
    context.close()
    assert shop.entries(number) == []
    context = browser.browser_type.launch_persistent_context(tmp_path, headless=True, **options)
    page = context.new_page()
    page.goto(shop.page(number))
    eventually(lambda: len(shop.entries(number)) == 1, page, 20)
    eventually(lambda: stored(page) == [], page)
    context.close()
    assert len(shop.entries(number)) == 1


def test_an_order_closed_meanwhile_is_for_the_head_to_see(page: Page, shop: Shop, order: str, browser: Browser) -> None:
    link = Link(page)
    link.cut()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    shop.work.act(
        repair_orders.change_state, order, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon de saisie"
    )
    link.restore()
    back_online(page)
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()
    eventually(lambda: [one.state for one in shop.entries(order)] == [EntryState.HELD], page)
    page.goto("/saisies")
    expect(page.locator("li").filter(has_text=order)).to_contain_text("Annulé")
    expect(page.get_by_text("À vérifier")).to_be_visible()
    office = tablet(browser, shop)
    head = office.new_page()
    sign_in(head, email_of(Role.HEAD))
    head.goto("/saisies/a-verifier")
    card = head.locator("article").filter(has_text=order)
    for words in ("Ce qui a été saisi", "Personne 1", "Ce qui est enregistré", "Annulé", "Doublon de saisie"):
        expect(card).to_contain_text(words)
    office.close()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_tablet_whose_clock_is_wrong(browser: Browser, shop: Shop, hours: int) -> None:
    number = shop.order()
    context = tablet(browser, shop)
    page = context.new_page()
    shift = hours * 3600 * 1000
    page.add_init_script(f"""const right = Date.now.bind(Date), Real = Date;
        window.Date = class extends Real {{ constructor(...a) {{ a.length ? super(...a) : super(right() + {shift}); }}
        static now() {{ return right() + {shift}; }} }};""")
    sign_in(page)
    page.goto(shop.page(number))
    link = Link(page)
    link.cut()
    entered = clock.now()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    page.wait_for_timeout(3000)
    link.restore()
    back_online(page)
    eventually(lambda: len(shop.entries(number)) == 1, page)
    (entry,) = shop.entries(number)
    assert abs(entry.entered_at - entered) < timedelta(seconds=2)
    assert entry.received_at - entry.entered_at >= timedelta(seconds=1)
    context.close()


def test_a_tablet_that_sets_its_clock_right_between_entry_and_sending(browser: Browser, shop: Shop) -> None:
    number = shop.order()
    context = tablet(browser, shop)
    page = context.new_page()
    page.add_init_script("""const right = Date.now.bind(Date); window.retard = 3600 * 1000;
        Date.now = () => right() - window.retard;""")
    sign_in(page)
    page.goto(shop.page(number))
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    link = Link(page)
    link.cut()
    entered = clock.now()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    page.evaluate("() => { window.retard = 0; }")
    link.restore()
    back_online(page)
    eventually(lambda: len(shop.entries(number)) == 2, page)
    assert abs(shop.entries(number)[-1].entered_at - entered) < timedelta(seconds=3)
    context.close()


def test_a_big_photo_on_a_bad_link_arrives_once_and_reduced(page: Page, shop: Shop, order: str, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(big_photo())
    assert (tmp_path / "photo.jpg").stat().st_size > 4_500_000
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    page.get_by_label("Photo").set_input_files(tmp_path / "photo.jpg")
    page.get_by_role("button", name="Envoyer la photo").click()
    expect(page.locator("#saisies")).to_contain_text("Envoi de la photo", timeout=20_000)
    (kept,) = stored(page)
    assert 0 < kept["poids"][0] < 1_000_000
    expect(page.locator("#lignes")).to_have_text("1 lignes", timeout=60_000)
    (entry,) = shop.entries(order)
    assert entry.photo is not None
    assert stored(page) == []


def test_pending_entries_keep_their_author_when_somebody_else_takes_the_tablet(
    page: Page, shop: Shop, order: str
) -> None:
    page.get_by_label("Note").fill("brouillon du premier")
    expect(page.get_by_text("Brouillon enregistré à")).to_be_visible()
    link = Link(page)
    link.cut()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    page.context.clear_cookies()
    sign_in(page, "second@exemple.test")
    page.goto(shop.page(order))
    expect(page.get_by_label("Note")).to_have_value("")
    link.restore()
    back_online(page)
    eventually(lambda: len(shop.entries(order)) == 1, page)
    (entry,) = shop.entries(order)
    assert (entry.author_id, entry.sender_id) == (1, 6)
    assert not ask(page, "() => Object.keys(localStorage).filter((key) => key.startsWith('brouillon:1'))")


def test_an_ended_session_keeps_what_was_entered(page: Page, shop: Shop, order: str) -> None:
    page.context.clear_cookies()
    add(page)
    expect(page.locator("#saisies")).to_contain_text("Reconnectez-vous pour envoyer")
    assert len(stored(page)) == 1
    page.get_by_role("link", name="Se reconnecter").click()
    page.get_by_label("Adresse électronique").fill(email_of(Role.MECHANIC))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(f"**{shop.page(order)}")
    eventually(lambda: len(shop.entries(order)) == 1, page)
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()


def test_signing_out_sends_first_and_says_what_stays(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.cut()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    page.locator(".compte summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("#saisies")).to_contain_text("1 saisie n’a pas pu partir")
    page.locator("#saisies").get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    assert len(stored(page)) == 1
    link.restore()
    sign_in(page)
    page.goto(shop.page(order))
    eventually(lambda: len(shop.entries(order)) == 1, page)


def test_what_waits_is_listed_and_may_be_withdrawn_and_put_back(page: Page, shop: Shop, order: str) -> None:
    link = Link(page)
    link.cut()
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    page.locator("#saisies-a-envoyer").click()
    line = page.locator("[data-saisies-gardees] li")
    expect(line).to_contain_text(f"Ajouter le filtre, {order}")
    line.get_by_role("button", name="Retirer").click()
    expect(line).to_contain_text("Retirée")
    expect(page.locator("#saisies-a-envoyer")).to_be_hidden()
    link.restore()
    line.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Aucune saisie n’attend sur cet appareil.")).to_be_visible()
    assert len(shop.entries(order)) == 1


def test_a_device_that_keeps_nothing_says_so_and_sends_all_the_same(browser: Browser, shop: Shop) -> None:
    number = shop.order()
    context = tablet(browser, shop)
    page = context.new_page()
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('private', 'SecurityError'); };")
    sign_in(page)
    page.goto(shop.page(number))
    expect(page.locator("#saisies")).to_contain_text("Cet appareil ne peut rien garder")
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    Link(page).cut()
    add(page)
    expect(page.locator("#saisies")).to_contain_text("la saisie n’est pas partie")
    assert len(shop.entries(number)) == 1
    context.close()


def test_a_server_in_trouble_is_told_and_tried_again(page: Page, shop: Shop, order: str) -> None:
    page.route("**/saisies/piece", lambda route: route.fulfill(status=500, body="panne"))
    add(page)
    expect(page.locator("#saisies")).to_contain_text("Le serveur répond mal")
    assert len(stored(page)) == 1
    page.unroute("**/saisies/piece")
    back_online(page)
    eventually(lambda: len(shop.entries(order)) == 1, page)


def test_a_stale_token_is_asked_again(page: Page, shop: Shop, order: str) -> None:
    page.evaluate("() => { document.querySelector('meta[name=jeton]').content = 'vieux'; }")
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    assert len(shop.entries(order)) == 1


def test_a_work_ticked_without_network_shows_ticked_also_after_coming_back(page: Page, shop: Shop) -> None:
    number = shop.order()
    now, today = clock.now(), clock.today()
    act = order_works.Act(number, HEAD, HEAD, now, today, now, today)
    shop.work.act(order_works.add, act, order_works.NewWork(words="Graisser les gonds"))
    page.goto(f"/ordres/{number}")
    link = Link(page)
    link.cut()
    box = page.locator("button.case")
    expect(box).to_have_attribute("aria-pressed", "false")
    box.click()
    expect(box).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(box).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#saisies li")).to_contain_text("Graisser les gonds")
    link.restore()
    back_online(page)
    expect(page.get_by_text("Fait par Personne 1")).to_be_visible()
    assert [entry.kind for entry in shop.entries(number)] == ["cocher"]


def test_a_photo_too_heavy_for_the_server_does_not_stop_the_others(page: Page, shop: Shop, order: str) -> None:
    page.route("**/saisies/note", lambda route: route.fulfill(status=413, body="trop"))
    page.get_by_label("Note").fill("lourde")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#saisies")).to_contain_text("La photo est trop lourde pour le serveur")
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    assert [entry.kind for entry in shop.entries(order)] == ["piece"]
    page.unroute("**/saisies/note")
    page.goto("/saisies")
    line = page.locator("[data-saisies-gardees] li")
    expect(line).to_contain_text("La photo est trop lourde")
    line.get_by_role("button", name="Essayer de nouveau").click()
    expect(line).to_have_count(0)
    assert [entry.kind for entry in shop.entries(order)] == ["piece", "note"]


def meter(shop: Shop, number: str) -> int | None:
    with shop.work.site.database.reading() as session:
        return session.scalars(select(RepairOrder.meter).where(RepairOrder.number == number)).one()


def test_two_values_for_a_meter_are_shown_at_once_and_one_is_chosen(page: Page, shop: Shop) -> None:
    number = shop.order(84310)
    page.goto(shop.page(number))
    with shop.work.site.database.transaction() as session:
        session.execute(update(RepairOrder).where(RepairOrder.number == number).values(meter=84400))
    page.get_by_label("Compteur").fill("84500")
    page.get_by_role("button", name="Enregistrer le compteur").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deux valeurs différentes")
    page.get_by_role("button", name="Remplacer par").click()
    eventually(lambda: meter(shop, number) == 84500, page)


def test_a_meter_that_goes_back_asks_why_and_counts_with_one_press(page: Page, shop: Shop) -> None:
    number = shop.order(84310)
    page.goto(shop.page(number))
    page.get_by_label("Compteur").fill("120")
    page.get_by_role("button", name="Enregistrer le compteur").click()
    expect(page.locator(".resume-erreurs")).to_be_focused()
    page.get_by_role("button", name="Compteur remplacé").click()
    eventually(lambda: meter(shop, number) == 120, page)


def test_two_windows_of_one_tablet_send_an_entry_once(page: Page, shop: Shop, order: str) -> None:
    page.context.route("**/saisies/*", lambda route: route.abort())
    add(page)
    expect(page.locator("#saisies li")).to_have_count(1)
    other = page.context.new_page()
    other.goto(shop.page(order))
    expect(other.locator("#saisies li")).to_have_count(1)
    page.context.unroute("**/saisies/*")
    back_online(page)
    back_online(other)
    for one in (page, other):
        expect(one.locator("#lignes")).to_have_text("1 lignes")
        expect(one.locator("#saisies-a-envoyer")).to_be_hidden()
    assert len(shop.entries(order)) == 1


def test_without_locks_a_lease_keeps_two_windows_apart(browser: Browser, shop: Shop) -> None:
    number = shop.order()
    context = tablet(browser, shop)
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });")
    page = context.new_page()
    sign_in(page)
    page.goto(shop.page(number))
    add(page)
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    assert len(shop.entries(number)) == 1
    context.close()


def test_a_shared_tablet_tells_how_many_entries_it_keeps(page: Page, shop: Shop, order: str) -> None:
    told: list[str] = []
    page.on("request", lambda one: told.append(one.post_data or "") if one.url.endswith("/present") else None)
    page.evaluate("""() => {
        const meta = document.createElement("meta");
        [meta.name, meta.content] = ["appareil", "partage"];
        document.head.append(meta);
    }""")
    link = Link(page)
    link.cut()
    add(page)
    eventually(lambda: told == ["attente=1"], page)
    link.restore()


def test_what_is_typed_comes_back_after_a_page_left_too_early(page: Page, shop: Shop, order: str) -> None:
    page.get_by_label("Note").press_sequentially("Jeu dans le moyeu")
    expect(page.get_by_text("Brouillon enregistré à")).to_be_visible()
    page.goto("/ma-journee")
    page.goto(shop.page(order))
    expect(page.get_by_label("Note")).to_have_value("Jeu dans le moyeu")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    expect(page.get_by_label("Note")).to_have_value("")
    assert ask(page, "() => Object.keys(localStorage).filter((key) => key.startsWith('brouillon:'))") == []
