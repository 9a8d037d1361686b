"""The e-mails on the administrator's screen: what became of each, and one given up sent again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import Mail
from garage.domain.mails import SUPERSEDED, TOO_OLD
from garage.domain.permissions import Role
from garage.operations import mails
from garage.operations.mails import Message
from garage.web import context

from .harness import Site
from .workshop import said


@pytest.fixture
def letters(site: Site) -> Site:
    now = clock.now()
    rows = {
        "attend": {},
        "reessaie": {"attempts": 2, "last_error": "Serveur injoignable (TimeoutError)"},
        "parti": {"sent_at": now, "next_try_at": None, "attempts": 1},
        "refuse": {"next_try_at": None, "attempts": 1, "last_error": "Adresse refusée : 550 Inconnu"},
        "vieux": {"next_try_at": None, "last_error": TOO_OLD},
        "remplace": {"next_try_at": None, "last_error": SUPERSEDED, "attempts": 1},
    }
    with site.database.transaction() as session:
        for key, values in rows.items():
            message = Message(key, f"{key}@{'tres-' * 10}longue-commune.test", f"Demande D-{key}", "Le corps secret")
            mails.queue(session, message, now, now + timedelta(minutes=2))
            if values:
                session.execute(update(Mail).where(Mail.key == key).values(**values))
    return site


def serve(site: Site) -> None:
    context.keep(site.app, site.database, replace(site.app.extensions["garage.options"], sends_mails=True))


def test_without_a_server_it_is_said(letters: Site) -> None:
    answer = letters.client(Role.ADMIN).get("/courriers")
    said(answer, 200, "Non envoyés : aucun serveur", "Non envoyé : aucun serveur")
    assert "Le corps secret" not in answer.text


def test_each_mail_and_what_became_of_it(letters: Site) -> None:
    serve(letters)
    admin = letters.client(Role.ADMIN)
    said(
        admin.get("/courriers"), 200, "2 courriers abandonnés", "À envoyer", "Envoyé", "Abandonné", "Remplacé",
        "Nouvel essai le", "Serveur injoignable", "550 Inconnu", "pendant trois jours", "Par un courrier plus récent",
    )  # fmt: skip
    assert admin.get("/courriers").text.count(">Renvoyer<") == 2
    lost = admin.get("/courriers?etat=abandonnes")
    said(lost, 200, "D-refuse", "D-vieux")
    assert "D-parti" not in lost.text
    said(admin.get("/courriers?etat=%00&avant=99999999999999"), 200, "D-parti")


def test_one_given_up_is_sent_again_and_no_other(letters: Site) -> None:
    admin = letters.client(Role.ADMIN)
    with letters.database.reading() as session:
        ids = {one.key: one.id for one in session.scalars(select(Mail))}
    answer = admin.post(f"/courriers/{ids['refuse']}/renvoyer")
    said(admin.get(answer.location), 200, "partira dans la minute")
    for key in ("attend", "reessaie", "parti", "remplace"):
        said(admin.post(f"/courriers/{ids[key]}/renvoyer"), 422, "déjà parti")
    said(admin.post("/courriers/99/renvoyer"), 404)
    with letters.database.reading() as session:
        assert session.get_one(Mail, ids["refuse"]).next_try_at is not None
        acts = session.scalars(select(JournalEntry.action).where(JournalEntry.subject == "mails")).all()
    assert acts == ["mail.send_again"]


def test_an_empty_page_says_why(site: Site) -> None:
    said(site.client(Role.ADMIN).get("/courriers"), 200, "Aucun courrier.")
    said(site.client(Role.ADMIN).get("/courriers?etat=envoyes"), 200, "Aucun courrier dans cet état.")
