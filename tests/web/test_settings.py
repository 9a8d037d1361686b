"""Accounting's settings: what is shown, every refusal at its field, two people at once, first numbers, the journal."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice
from garage.db.models.journal import JournalEntry
from garage.db.queries.settings import current
from garage.domain.errors.invoices import OtherPattern
from garage.domain.permissions import Role
from garage.domain.settings import BillingSettings, Imputation
from garage.domain.tariffs import TariffNature
from garage.french.journal import sentence
from garage.french.settings import FIELDS
from garage.operations.numbering import next_bill_number
from garage.web.settings import SLUGS
from tests.factories.garage import fictitious_siret

from .accounting import NOW, Shop, shop
from .forms import fields_of
from .harness import Site

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def clock_of_the_shop() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def work(make_site: Make, tmp_path: Path) -> Shop:
    """A garage with a quarter to bill."""
    return shop(make_site, tmp_path / "pdf")


def send(site: Site, slug: str, **typed: str) -> Any:
    """Open a group, type, send."""
    client = site.client(Role.ACCOUNTING)
    page = client.get(f"/reglages/{slug}").text
    return client.post(f"/reglages/{slug}", data=fields_of(page) | typed)


def settings_of(site: Site) -> BillingSettings:
    with site.database.reading() as session:
        return current(session)


def told(site: Site) -> list[str]:
    with site.database.reading() as session:
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    return [
        sentence(row.action, row.subject_key, row.data).replace("\u00a0", " ").replace("\u202f", " ")
        for row in rows
        if row.subject in ("settings", "numbering")
    ]


def test_every_setting_is_told_with_its_effect(site: Site) -> None:
    page = site.client(Role.ACCOUNTING).get("/reglages").text
    plain = page.replace("\u00a0", " ").replace("\u202f", " ").replace("&#39;", "’")
    assert [name for name, (label, effect) in FIELDS.items() if label not in plain or effect not in plain] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_a_group_sent_as_it_is_changes_nothing(site: Site, slug: str) -> None:
    assert send(site, slug).status_code == 303
    assert settings_of(site) == BillingSettings()
    assert told(site) == []


def test_no_help_ends_with_two_full_stops(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    assert not [slug for slug in SLUGS if "..</p>" in client.get(f"/reglages/{slug}").text]


def test_an_unknown_group_is_not_there(site: Site) -> None:
    assert site.client(Role.ACCOUNTING).get("/reglages/rien").status_code == 404


def test_a_change_is_kept_told_and_shown(site: Site) -> None:
    assert send(site, "seuil", floor="20", floor_release_q4="y").status_code == 303
    assert send(site, "banque", iban="fr76 3000 1007 9412 3456 7890 185").status_code == 303
    assert send(site, "comptes", labour_article="70878", labour_function="020").status_code == 303
    decided = settings_of(site)
    assert (str(decided.floor), decided.floor_release_q4) == ("20.00", True)
    assert decided.iban == "FR7630001007941234567890185"
    assert decided.imputations == {TariffNature.LABOUR: Imputation("70878", "020")}
    assert told(site) == [
        "Réglage « Seuil de facturation » modifié : 15,00 € → 20,00 €",
        "Réglage « Libérer les reports au 4e trimestre » modifié : non → oui",
        "Réglage « IBAN » modifié : rien → FR7630001007941234567890185",
        "Réglages modifiés : Main-d’œuvre : article, rien → 70878 ; Main-d’œuvre : fonction, rien → 020",
    ]
    page = site.client(Role.ACCOUNTING).get("/reglages").text
    assert "Personne 4" in page
    assert "20,00" in page
    assert "Réglages" in site.client(Role.ADMIN).get("/journal?objet=reglages").text


@pytest.mark.parametrize(
    ("slug", "name", "typed", "words"),
    [
        ("seuil", "floor", "", "Saisissez un montant"),
        ("seuil", "floor", "-1", "Saisissez un montant de 0"),
        ("seuil", "floor", "15,001", "Saisissez un nombre"),
        ("seuil", "floor", "quinze", "Saisissez un nombre"),
        ("passage", "invoicing_day", "29", "Saisissez un jour de 1 à 28"),
        ("passage", "invoicing_day", "cinq", "Saisissez un nombre entier"),
        ("passage", "question_days", "5", "avant le jour du passage"),
        ("numeros", "number_digits", "9", "Saisissez de 3 à 8"),
        ("numeros", "number_pattern", "{serie}{annee}", "une fois chacun"),
        ("numeros", "number_pattern", "{serie}#{annee}{numero}", "N’écrivez autour que"),
        ("numeros", "number_pattern", "GARAGE-COMMUN-{serie}{annee}-{numero}", "plus de 20 caractères"),
        ("banque", "iban", "FR7630001007941234567890186", "Cet IBAN n’est pas valable"),
        ("banque", "bic", "BDF", "Ce BIC n’est pas valable"),
        ("banque", "vat_number", "FR00242900801", "Ce numéro n’est pas valable"),
        ("textes", "note_pmt", "", "Ce texte est obligatoire"),
        ("textes", "note_pmd", "x" * 1025, "trop long"),
        ("textes", "mention_exempt", "", "Ce texte est obligatoire"),
        ("textes", "due_days", "366", "de 0 à 365"),
        ("courriers", "accounting_email", "comptabilite", "Saisissez une adresse"),
        ("comptes", "parts_article", "article", "Saisissez un article"),
        ("magnus", "magnus_service", "x" * 51, "trop long"),
        ("pes", "pes_post", "29", "6 ou 7 chiffres"),
        ("pes", "pes_schema", "/nulle/part/PES_Aller.xsd", "Aucun fichier"),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    site: Site, slug: str, name: str, typed: str, words: str
) -> None:
    answer = send(site, slug, **{name: typed})
    assert answer.status_code == 422
    page = answer.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert words in page.split(f'id="{name}-erreur"')[1].split("</p>", maxsplit=1)[0]
    assert f'href="#{name}"' in page
    assert typed in page
    assert settings_of(site) == BillingSettings()


def test_every_fault_is_told_at_once(site: Site) -> None:
    page = send(site, "banque", iban="FR76", bic="X", vat_number="FR1").text
    assert all(f'id="{name}-erreur"' in page for name in ("iban", "bic", "vat_number"))


def test_the_vat_number_ends_with_the_issuers_siren(work: Shop) -> None:
    siren = fictitious_siret("AGGLO")[:9]
    good = f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
    assert "SIREN de l’émetteur" in send(work.site, "banque", vat_number="FR39356000000").text
    assert send(work.site, "banque", vat_number=good).status_code == 303


def test_an_existing_schema_is_taken(site: Site, tmp_path: Path) -> None:
    schema = tmp_path / "PES_Aller.xsd"
    schema.write_text("<schema/>", encoding="utf-8")
    assert send(site, "pes", pes_schema=str(schema), pes_post="029012").status_code == 303
    assert settings_of(site).pes.schema == str(schema)


def test_two_people_at_once_and_the_later_one_is_told(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    sent = fields_of(client.get("/reglages/textes").text)
    assert send(site, "textes", payment_terms="À trente jours.").status_code == 303
    assert send(site, "seuil", floor="30").status_code == 303
    answer = client.post("/reglages/textes", data=sent | {"late_payment_text": "Mon texte à moi."})
    assert answer.status_code == 409
    assert "Mon texte à moi." in answer.text
    assert settings_of(site).late_payment_text == ""
    assert settings_of(site).payment_terms == "À trente jours."


def test_the_pattern_is_used_and_then_stays_for_the_year(work: Shop, clock_of_the_shop: time_machine.Traveller) -> None:
    assert send(work.site, "numeros", number_pattern="GM/{serie}{annee}/{numero}").status_code == 303
    work.issue()
    client = work.site.client(Role.ACCOUNTING)
    with work.site.database.reading() as session:
        numbers = list(session.scalars(select(Invoice.number).order_by(Invoice.id)))
    assert "GM/F2026/0001" in numbers
    assert "GM/R2026/0001" in numbers
    for path in (
        "/factures", "/factures/GM~F2026~0001", "/factures/GM~F2026~0001.pdf", "/factures/2026-T3.zip",
        "/factures/GM~F2026~0001.xml", "/factures/GM~F2026~0001/corriger", "/factures/GM~F2026~0001/lignes/1",
        "/factures/2026-T3.csv", "/recherche?q=GM/F2026/0001", "/facturation/2026-T3",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        answer.close()
    assert "GM/F2026/0001" in client.get("/factures/GM~F2026~0001").text
    assert "Facture GM/F2026/0001 émise" in work.site.client(Role.ADMIN).get("/journal").text
    assert "Relevé interne GM/R2026/0001 émis" in work.site.client(Role.ADMIN).get("/journal").text
    refused = send(work.site, "numeros", number_pattern="{serie}{annee}-{numero}")
    assert refused.status_code == 422
    assert "1er janvier 2027" in refused.text.split('id="number_pattern-erreur"')[1]
    clock_of_the_shop.move_to(NOW.replace(year=2027, month=1))
    assert send(work.site, "numeros", number_pattern="{serie}{annee}-{numero}").status_code == 303
    with pytest.raises(OtherPattern), work.site.database.transaction() as session:
        next_bill_number(session, "F", date(2026, 12, 20))
    with work.site.database.transaction() as session:
        assert next_bill_number(session, "F", date(2027, 1, 4)) == (1, "F2027-0001")


def test_a_pattern_that_would_repeat_a_number_is_refused(work: Shop, clock_of_the_shop: time_machine.Traveller) -> None:
    work.issue()
    with work.site.database.transaction() as session:
        issued = session.scalars(select(Invoice).where(Invoice.number == "F2026-0001")).one()
        values = {c.key: getattr(issued, c.key) for c in Invoice.__table__.columns if c.key != "id"}
        session.add(Invoice(**values | {"year": 2026, "sequence": 2027, "number": "F-2026-2027"}))
    clock_of_the_shop.move_to(NOW.replace(year=2027, month=1))
    answer = send(work.site, "numeros", number_pattern="{serie}-{numero}-{annee}")
    assert "F-2026-2027, déjà émis, pourrait revenir" in answer.text


def start(site: Site, **typed: str) -> Any:
    sent = {"series": "F", "year": "2026", "first": "57"} | typed
    return site.client(Role.ACCOUNTING).post("/reglages/premier-numero", data=sent)


def test_a_series_may_begin_at_another_number(work: Shop) -> None:
    assert start(work.site, first="12").status_code == 303
    assert start(work.site).status_code == 303
    assert "F2026-0057" in work.site.client(Role.ACCOUNTING).get("/reglages/premier-numero").text
    assert told(work.site) == [
        "Premier numéro de la série F en 2026 : 1 → 12", "Premier numéro de la série F en 2026 : 12 → 57",
    ]  # fmt: skip
    work.issue()
    with work.site.database.reading() as session:
        numbers = sorted(session.scalars(select(Invoice.number)))
    assert next(number for number in numbers if number.startswith("F")) == "F2026-0057"
    assert "R2026-0001" in numbers
    refused = start(work.site, first="90")
    assert "a déjà une pièce, F2026-0057" in refused.text.split('id="first-erreur"')[1]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"first": "0"}, "first", "de 1 à 9\u202f999"),
        ({"first": "10000"}, "first", "de 1 à 9\u202f999"),
        ({"first": ""}, "first", "Saisissez le premier numéro"),
        ({"first": "un"}, "first", "Saisissez un nombre entier"),
        ({"series": "OR"}, "series", ""),
        ({"year": "2024"}, "year", ""),
    ],
)
def test_a_first_number_that_cannot_be(site: Site, typed: dict[str, str], field: str, words: str) -> None:
    answer = start(site, **typed)
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-erreur"')[1]


def test_the_issuer_s_page_is_one_click_away(work: Shop) -> None:
    assert 'href="/communes/AGGLO"' in work.site.client(Role.ACCOUNTING).get("/reglages").text
    with work.site.database.transaction() as session:
        session.execute(update(Collectivity).values(is_issuer=False))
    assert "/communes/AGGLO" not in work.site.client(Role.ACCOUNTING).get("/reglages").text
