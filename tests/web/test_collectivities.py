"""Accounting's collectivities: what is missing, every refusal at its field, conventions round what is billed."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select, update

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.journal import JournalEntry
from garage.domain.collectivities import CollectivityKind, VatRegime
from garage.domain.permissions import Role
from garage.domain.settings import BillingSettings
from garage.french.journal import sentence
from garage.operations import settings
from tests.factories import garage as make

from .accounting import NOW, Shop, shop
from .forms import fields_of
from .harness import Site

Make = Callable[..., Site]
NEW = {
    "code": "pencran",
    "name": "Commune de Pencran",
    "kind": "commune",
    "siren": "212 901 565",
    "siret": "",
    "insee_code": "29156",
    "address": "1 place de la Mairie",
    "postal_code": "29800",
    "city": "Pencran",
    "emails": "Mairie@exemple.fr; st@exemple.fr",
    "tiers_category": "",
    "legal_nature": "",
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def work(make_site: Make, tmp_path: Path) -> Shop:
    """A garage with a quarter to bill."""
    return shop(make_site, tmp_path / "pdf")


def body(site: Site, code: str) -> Collectivity:
    with site.database.reading() as session:
        return session.scalars(select(Collectivity).where(Collectivity.code == code)).one()


def conventions(site: Site, code: str) -> list[Convention]:
    with site.database.reading() as session:
        mine = select(Convention).join(Collectivity).where(Collectivity.code == code).order_by(Convention.starts_on)
        return list(session.scalars(mine))


def told(site: Site) -> str:
    with site.database.reading() as session:
        row = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(1)).one()
    return sentence(row.action, row.subject_key, row.data).replace("\u00a0", " ").replace("\u202f", " ")


def send(site: Site, path: str, **typed: str | None) -> Any:
    """Open a form, type over it, send; None leaves a box unticked."""
    client = site.client(Role.ACCOUNTING)
    sent = {name: value for name, value in (fields_of(client.get(path).text) | typed).items() if value is not None}
    return client.post(path, data=sent)


def plain(page: str) -> str:
    return page.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_list_says_what_is_missing(work: Shop) -> None:
    client = work.site.client(Role.ACCOUNTING)
    page = plain(client.get("/communes").text)
    assert "Émetteur" in page
    assert "Il manque une convention en cours." in page.split("Sans-Convention")[1].split("</tr>")[0]
    assert "Complète" in page.split(">Bourg<")[1].split("</tr>")[0]
    assert "le SIRET" in page.split(">Œuilly<")[1].split("</tr>")[0]
    with work.site.database.transaction() as session:
        session.execute(update(Collectivity).where(Collectivity.code == "BOURG").values(code_service_required=True))
        settings.save(session, BillingSettings(mails_bills=True), make.CLERK, NOW)
    row = plain(client.get("/communes?q=bourg").text).split(">Bourg<")[1].split("</tr>")[0]
    assert "Il manque le code service et l’adresse électronique." in row
    lines = client.get("/communes/export.csv?q=bourg").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("BOURG;Bourg;Commune;")
    assert client.get("/communes?q=zzz").text.count("<tbody>") == 0


def test_the_list_goes_on_by_key(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.database.transaction() as session:
        for place in range(60):
            make.collectivity(session, f"C{place:03d}", name=f"Commune {place}")
    client = site.client(Role.ACCOUNTING)
    first = client.get("/communes").text
    following = client.get(first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")).text
    assert "Commune 49<" in first
    assert "Commune 49<" not in following
    assert "Commune 50<" in following
    assert "Commune 0<" in client.get(following.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")).text


def test_a_new_collectivity_is_kept_as_it_was_meant(site: Site) -> None:
    answer = send(site, "/communes/nouvelle", **NEW, code_service_required="y")
    assert (answer.status_code, answer.location) == (303, "/communes/PENCRAN")
    made = body(site, "PENCRAN")
    assert (made.siren, made.emails, made.kind) == (
        "212901565", "mairie@exemple.fr, st@exemple.fr", CollectivityKind.COMMUNE
    )  # fmt: skip
    assert (made.siret, made.code_service_required, made.engagement_required, made.tiers_category) == (
        None, True, False, None
    )  # fmt: skip
    page = plain(site.client(Role.ACCOUNTING).get("/communes/PENCRAN").text)
    assert "Il manque le SIRET, une convention en cours et le code service." in page
    assert "23 – Communes" in page
    assert "212 901 565" in page
    assert told(site) == "Collectivité PENCRAN créée"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"code": ""}, "code", "Saisissez un code"),
        ({"code": "Pencran 29"}, "code", "n’est pas valable"),
        ({"code": "OEUILLY"}, "code", "existe déjà"),
        ({"name": ""}, "name", "Saisissez le nom"),
        ({"siren": "212901566"}, "siren", "clé de contrôle"),
        ({"siret": "21290156500016"}, "siret", "clé de contrôle"),
        ({"siret": make.fictitious_siret("AUTRE")}, "siret", "ne commence pas par le SIREN"),
        ({"insee_code": "2915"}, "insee_code", "code INSEE"),
        ({"emails": "mairie@exemple.fr, mairie"}, "emails", "« mairie » n’est pas valable"),
        ({"population": "beaucoup"}, "population", "Saisissez un nombre entier"),
        ({"name": "Pen\x07cran"}, "name", "invisibles"),
        ({"address": "x" * 501}, "address", "au plus 500"),
    ],
)
def test_a_refusal_stands_at_its_field(site: Site, typed: dict[str, str], field: str, words: str) -> None:
    answer = send(site, "/communes/nouvelle", **NEW | typed)
    assert answer.status_code == 422
    assert words in plain(answer.text).split(f'id="{field}-erreur"')[1].split("</p>")[0]
    kept = (NEW | typed)["city"]
    assert f'value="{kept}"' in answer.text
    with site.database.reading() as session:
        assert len(session.scalars(select(Collectivity)).all()) == 1


def test_the_first_issuer_may_be_marked_and_no_second_one(site: Site) -> None:
    assert send(site, "/communes/nouvelle", **NEW | {"code": "AGGLO"}, is_issuer="y").status_code == 303
    assert body(site, "AGGLO").is_issuer
    client = site.client(Role.ACCOUNTING)
    assert 'name="is_issuer"' not in client.get("/communes/nouvelle").text
    assert client.post("/communes/nouvelle", data=NEW | {"is_issuer": "y"}).status_code == 303
    assert not body(site, "PENCRAN").is_issuer
    assert "Émetteur des factures" in client.get("/communes/AGGLO").text


def test_one_that_is_there_may_become_the_issuer_once(site: Site) -> None:
    with site.database.transaction() as session:
        taxed = make.collectivity(session, "EAU")
        make.convention(session, taxed, regime=VatRegime.TAXED)
    refused = send(site, "/communes/EAU/modifier", is_issuer="y")
    assert "reste hors champ" in plain(refused.text)
    assert send(site, "/communes/OEUILLY/modifier", is_issuer="y").status_code == 303
    assert told(site) == "Collectivité OEUILLY modifiée : émetteur des factures non → oui"
    assert 'name="is_issuer"' not in site.client(Role.ACCOUNTING).get("/communes/EAU/modifier").text
    assert send(site, "/communes/OEUILLY/modifier", city="Œuilly").status_code == 303
    assert body(site, "OEUILLY").is_issuer


def test_a_collectivity_is_changed_and_bills_keep_what_they_had(work: Shop) -> None:
    work.issue()
    site = work.site
    answer = send(
        site, "/communes/BOURG/modifier", name="Bourg-Neuf", code_service="SERV-1", engagement_required="y",
        tiers_category="26", code="AUTRE",
    )  # fmt: skip
    assert answer.location == "/communes/BOURG"
    assert told(site) == (
        "Collectivité BOURG modifiée : nom Bourg → Bourg-Neuf ; code service rien → SERV-1 ; "
        "engagement obligatoire non → oui ; catégorie de tiers rien → 26"
    )
    with site.database.reading() as session:
        bill = session.scalars(select(Invoice).where(Invoice.number == "F2026-0001")).one()
        assert bill.addressee["name"] == "Bourg"
    assert send(site, "/communes/BOURG/modifier").status_code == 303
    assert told(site).endswith("catégorie de tiers rien → 26")
    assert send(site, "/communes/AGGLO/modifier", name="Agglo").status_code == 303
    assert body(site, "AGGLO").is_issuer


def test_two_people_change_one_collectivity(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    sent = fields_of(client.get("/communes/OEUILLY/modifier").text)
    assert send(site, "/communes/OEUILLY/modifier", city="Œuilly").status_code == 303
    answer = client.post("/communes/OEUILLY/modifier", data=sent | {"name": "Œuilly-sur-Marne"})
    assert answer.status_code == 409
    assert "Œuilly-sur-Marne" in answer.text
    assert body(site, "OEUILLY").name == "Œuilly"


def test_a_convention_is_added_to_its_last_day_included(work: Shop) -> None:
    path = "/communes/SEULE/conventions/nouvelle"
    answer = send(work.site, path, starts_on="01/07/2026", ends_on="31/12/2026", category="founder", ceiling="1 500")
    assert (answer.status_code, answer.location) == (303, "/communes/SEULE")
    (made,) = conventions(work.site, "SEULE")
    assert (made.starts_on, made.ends_on, str(made.ceiling)) == (date(2026, 7, 1), date(2027, 1, 1), "1500.00")
    page = work.site.client(Role.ACCOUNTING).get("/communes/SEULE").text
    assert "31/12/2026" in page
    assert "En cours" in page
    assert told(work.site) == "Convention enregistrée pour SEULE, à partir du 01/07/2026"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"starts_on": ""}, "starts_on", "Saisissez le premier jour"),
        ({"starts_on": "31/02/2026"}, "starts_on", "Saisissez une date"),
        ({"starts_on": "01/01/0206"}, "starts_on", "Saisissez une date"),
        ({"starts_on": "01/01/3026"}, "starts_on", "Saisissez une date"),
        ({"ends_on": "31/12/2025"}, "ends_on", "avant le premier"),
        ({"regime": "exempt"}, "confirmed", "cochez la case"),
        ({"regime": "exempt_goods_taxed"}, "confirmed", "cochez la case"),
        ({"regime": "autre"}, "regime", ""),
        ({"forecast_hours": "-1"}, "forecast_hours", "plus grand que zéro"),
        ({"notice_months": "-1"}, "notice_months", "Saisissez un nombre de mois"),
    ],
)
def test_a_convention_that_cannot_be(site: Site, typed: dict[str, str], field: str, words: str) -> None:
    answer = send(
        site, "/communes/OEUILLY/conventions/nouvelle", **{"starts_on": "01/01/2026", "reference": "2026-014"} | typed
    )
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-erreur"')[1].split("</p>")[0]
    assert 'value="2026-014"' in answer.text
    assert conventions(site, "OEUILLY") == []


def test_two_conventions_never_overlap_and_one_may_replace_another(work: Shop) -> None:
    path = "/communes/BOURG/conventions/nouvelle"
    refused = send(work.site, path, starts_on="01/10/2026", category="founder")
    assert "du 01/01/2020, couvre déjà" in refused.text.split('id="starts_on-erreur"')[1]
    answer = send(work.site, path, starts_on="01/10/2026", category="founder", replaces="y")
    assert answer.status_code == 303
    before, after = conventions(work.site, "BOURG")
    assert (before.ends_on, after.starts_on, after.category.value) == (date(2026, 10, 1), date(2026, 10, 1), "founder")


def test_exempt_services_and_taxed_goods_once_the_warning_is_read(work: Shop) -> None:
    path = "/communes/SEULE/conventions/nouvelle"
    assert "261 B" in work.site.client(Role.ACCOUNTING).get(path).text
    typed = {"starts_on": "01/07/2026", "regime": "exempt_goods_taxed", "confirmed": "y"}
    assert send(work.site, path, **typed).status_code == 303
    (made,) = conventions(work.site, "SEULE")
    assert (made.regime, made.goods_taxed) == (VatRegime.EXEMPT, True)
    assert "Services exonérés, pièces taxées" in work.site.client(Role.ACCOUNTING).get("/communes/SEULE").text


def test_the_issuer_keeps_its_regime(work: Shop) -> None:
    answer = send(work.site, "/communes/AGGLO/conventions/nouvelle", starts_on="01/01/2026", regime="taxed")
    assert "reste hors champ" in answer.text.split('id="regime-erreur"')[1]


def test_a_convention_under_a_bill_keeps_what_bills_rest_on(work: Shop) -> None:
    work.issue()
    (present,) = conventions(work.site, "BOURG")
    path = f"/communes/BOURG/conventions/{present.id}"
    assert (
        "facturés sous cette convention, du 01/07/2026 au 01/07/2026"
        in work.site.client(Role.ACCOUNTING).get(path).text
    )
    for typed in (
        {"starts_on": "01/01/2021"}, {"category": "founder"}, {"regime": "taxed"}, {"structure_fee": None},
        {"regime": "exempt", "confirmed": "y"},
    ):  # fmt: skip
        answer = send(work.site, path, **typed)
        assert answer.status_code == 422, typed
        assert "ne changent plus" in answer.text.split('id="starts_on-erreur"')[1]
    refused = send(work.site, path, ends_on="30/06/2026")
    assert "ne peut pas finir avant" in refused.text.split('id="ends_on-erreur"')[1]
    assert send(work.site, path, ends_on="01/07/2026", reference="2020-001").status_code == 303
    (changed,) = conventions(work.site, "BOURG")
    assert (changed.ends_on, changed.reference) == (date(2026, 7, 2), "2020-001")
    assert told(work.site) == (
        "Convention de BOURG du 01/01/2020 modifiée : fin rien → 2026-07-02 ; référence rien → 2020-001"
    )
    with work.site.database.transaction() as session:
        session.execute(delete(LiveBilling))
    assert send(work.site, path, regime="taxed", ends_on="").status_code == 303


def test_a_replaced_convention_does_not_end_under_a_bill(work: Shop) -> None:
    work.issue()
    answer = send(
        work.site, "/communes/BOURG/conventions/nouvelle", starts_on="01/07/2026", category="founder", replaces="y"
    )
    assert "ne peut pas finir avant" in answer.text
    assert len(conventions(work.site, "BOURG")) == 1


def test_two_people_change_one_convention(work: Shop) -> None:
    (present,) = conventions(work.site, "SEULE") or conventions(work.site, "PETITE")
    path = f"/communes/PETITE/conventions/{present.id}"
    client = work.site.client(Role.ACCOUNTING)
    sent = fields_of(client.get(path).text)
    assert send(work.site, path, reference="2026-1").status_code == 303
    answer = client.post(path, data=sent | {"reference": "2026-2"})
    assert answer.status_code == 409
    assert "2026-2" in answer.text


def test_nobody_at_that_address(work: Shop) -> None:
    client = work.site.client(Role.ACCOUNTING)
    (theirs,) = conventions(work.site, "BOURG")
    for path in (
        "/communes/RIEN", "/communes/RIEN/modifier", "/communes/RIEN/conventions/nouvelle",
        f"/communes/VILLE/conventions/{theirs.id}", "/communes/VILLE/conventions/999999", "/communes/%00",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert client.get("/communes?apres=%00&q=%00").status_code == 200


def test_the_closing_page_leads_to_what_mends(work: Shop) -> None:
    with work.site.database.transaction() as session:
        session.execute(update(Collectivity).where(Collectivity.code == "BOURG").values(siret=None))
        session.execute(update(Collectivity).where(Collectivity.code == "EAU").values(code_service_required=True))
    page = work.site.client(Role.ACCOUNTING).get("/cloture?trimestre=2026-T3").text
    for code in ("SEULE", "BOURG", "EAU"):
        assert f'href="/communes/{code}"' in page
    assert "Compléter la fiche" in page
    assert "/communes/" not in work.site.client(Role.HEAD).get("/cloture?trimestre=2026-T3").text
