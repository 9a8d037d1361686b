"""Bills by e-mail on screen: every attempt, one sent by hand, the collectivity without address, the demonstration."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from garage.db.models.collectivities import Collectivity
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import BillMail, Mail
from garage.db.queries.settings import current
from garage.domain.permissions import Role
from garage.jobs import worker
from garage.jobs.smtp import MailServer
from garage.operations import settings
from garage.web import context
from tests.factories import garage as make
from tests.factories.mail_server import post_office

from .accounting import NOW, Shop, shop
from .harness import Site
from .workshop import said

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def billed(make_site: Make, tmp_path: Path) -> Shop:
    """The third quarter issued with the setting on; Bourg has two addresses, Ville none."""
    made = shop(make_site, tmp_path / "pdf")
    with made.site.database.transaction() as session:
        wanted = {"BOURG": "mairie@bourg.test, compta@bourg.test", "EAU": "factures@eau.test"}
        for code, emails in wanted.items():
            session.execute(update(Collectivity).where(Collectivity.code == code).values(emails=emails))
        settings.save(session, replace(current(session), mails_bills=True), make.CLERK, NOW)
    made.issue()
    return made


def configure(billed: Shop, **changes: object) -> None:
    site = billed.site
    context.keep(site.app, site.database, replace(site.app.extensions["garage.options"], **changes))


def send(billed: Shop, **behaviour: object) -> None:
    with post_office(**behaviour) as office:
        server = MailServer("127.0.0.1", office.port, "Garage <garage@agglo.test>", "aucune", timeout=2.0)
        worker.run_now(replace(billed.context, mail_server=server), "send_mails")


def test_what_became_of_each(billed: Shop) -> None:
    clerk = billed.site.client(Role.ACCOUNTING)
    said(clerk.get("/envois"), 200, "Non envoyées : aucun serveur", "Sans adresse", "Ville")
    configure(billed, sends_mails=True)
    said(clerk.get("/envois?etat=a-envoyer"), 200, "Prévue le", "factures@eau.test")
    send(billed, refused={"compta@bourg.test": "550 5.1.1 Inconnu ici"})
    page = clerk.get("/envois")
    said(page, 200, "2 envois abandonnés", "550 5.1.1 Inconnu ici", "Remis au serveur", "Sans adresse", "À l’émission")
    lost = clerk.get("/envois?etat=abandonnees")
    said(lost, 200, "compta@bourg.test")
    assert "factures@eau.test" not in lost.text
    said(clerk.get("/envois?etat=sans-adresse"), 200, "F2026-0004", "n’avait pas d’adresse")
    said(clerk.get("/envois?etat=%00&avant=99999999999999"), 200, "factures@eau.test")
    said(clerk.get("/factures/F2026-0001"), 200, "Envois par courrier électronique", "mairie@bourg.test", "Inconnu ici")
    said(billed.site.client(Role.ADMIN).get("/courriers"), 200, "Inconnu ici", "Remis au serveur")
    agent = billed.site.client(Role.COLLECTIVITY).get("/factures/F2026-0001")
    said(agent, 200, "Envoyée à mairie@bourg.test")
    assert "compta@bourg.test" not in agent.text
    assert "Envoyer par courriel" not in agent.text

    answer = clerk.post("/envois/renvoyer")
    said(clerk.get(answer.location), 200, "2 envois relancés")
    send(billed)
    said(clerk.get("/envois?etat=abandonnees"), 200, "Aucun envoi dans cet état")


def test_one_by_hand_is_asked_twice_and_goes_once(billed: Shop) -> None:
    configure(billed, sends_mails=True)
    clerk = billed.site.client(Role.ACCOUNTING)
    said(clerk.get("/factures/F2026-0003"), 200, "Envoyer par courriel…")
    said(clerk.get("/factures/F2026-0003/envoyer"), 200, "Un envoi a déjà été demandé", "factures@eau.test")
    send(billed)
    page = clerk.get("/factures/F2026-0003/envoyer")
    said(page, 200, "Déjà envoyée", "Un second exemplaire partira", 'name="copy" type="hidden" value="1"')
    for _ in range(2):
        answer = clerk.post("/factures/F2026-0003/envoyer", data={"copy": "1"})
        assert answer.status_code == 303
    said(clerk.get(answer.location), 200, "partira dans la minute", "Personne 4")
    for wrong in ({}, {"copy": "x"}):
        assert clerk.post("/factures/F2026-0003/envoyer", data=wrong).status_code == 422
    said(clerk.post("/factures/F2026-0003/envoyer", data={"copy": "0"}), 422, "vient d’être envoyée", 'value="2"')
    with billed.site.database.reading() as session:
        rows = session.scalars(select(BillMail.copy).where(BillMail.address == "factures@eau.test")).all()
        acts = session.scalars(select(JournalEntry.subject_key).where(JournalEntry.action == "invoice.send")).all()
        assert len(session.scalars(select(Mail).where(Mail.recipient == "factures@eau.test")).all()) == 2
    assert (list(rows), list(acts)) == ([0, 1], ["F2026-0003"])


def test_what_cannot_be_sent(billed: Shop) -> None:
    clerk = billed.site.client(Role.ACCOUNTING)
    said(clerk.get("/factures/F2026-0004/envoyer"), 200, "n’a pas d’adresse électronique")
    said(clerk.post("/factures/F2026-0004/envoyer", data={"copy": "1"}), 422, "n’a pas d’adresse électronique")
    said(clerk.get("/factures/R2026-0001/envoyer"), 422, "relevé interne")
    assert "Envoyer par courriel" not in clerk.get("/factures/R2026-0001").text
    said(clerk.get("/factures/F2026-9999/envoyer"), 404)


def test_nothing_is_sent_in_the_demonstration(billed: Shop) -> None:
    configure(billed, demo_accounts=(("Comptable", "a@b.fr"),), demo_password="x")
    clerk = billed.site.client(Role.ACCOUNTING)
    said(clerk.get("/envois"), 200, "Rien n’est envoyé dans la démonstration")
    said(clerk.get("/factures/F2026-0001/envoyer"), 200, "Rien n’est envoyé dans la démonstration")


def test_empty_and_off(site: Site) -> None:
    clerk = site.client(Role.ACCOUNTING)
    said(clerk.get("/envois"), 200, "ne partent pas d’elles-mêmes", "Aucune facture n’a encore été envoyée")
