"""Requests for the browser's audits: each step, long names, photos; and e-mails in each state."""

import io
from datetime import timedelta

from PIL import Image, ImageDraw
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.collectivities import Collectivity
from garage.db.models.mails import Mail
from garage.db.models.requests import Request
from garage.db.session import Database
from garage.domain.mails import SUPERSEDED
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders, requests
from garage.operations.requests import ANYBODY, Acceptance, NewRequest
from garage.photos import Kept, PhotoStore
from tests.factories import garage as make

from .workshop import HEAD, LONG_NAME

TAG = "SCREENS00001"
_LONG = (
    "Le voyant orange s’allume au bout de dix minutes, puis le véhicule perd de la puissance en côte, surtout chargé. "
    "Bruit de frottement à l’avant droit depuis le passage au contrôle technique."
)
_ENDS = {
    "atelier": (OrderState.IN_PROGRESS,),
    "attente": (OrderState.IN_PROGRESS, OrderState.WAITING_PART),
    "annulee": (OrderState.CANCELLED,),
}


def address(place: int, after: str = "") -> str:
    """The page of a request of these."""
    return f"/demandes/D-{clock.today().year}-{place:05d}{after}"


def populate(database: Database, photos: PhotoStore | None = None) -> None:
    """D-…-00001 to 00008: waiting (urgent, with photos if there is a store), accepted, in each state, refused."""
    now = clock.now() - timedelta(hours=3)
    kept = _pictures(photos) if photos else ()
    with database.transaction() as session:
        first = session.scalars(select(Collectivity).where(Collectivity.code == "LONGUE")).one()
        vehicle = make.vehicle(session, first, "LB-100", registration="LB-100-LB", model="Master L3H2 benne")
        vehicle.tag = TAG
        owner = make.collectivity(session, "SECONDE", name=f"{LONG_NAME} et environs")
        make.convention(session, owner)
        for place, word in enumerate(("recue", "acceptee", *_ENDS, "refusee")):
            other = make.vehicle(session, owner, f"LB-1{place}", registration=f"LC-00{place}-LC", model="Kangoo")
            of = vehicle.id if word == "recue" else other.id
            _one(session, word, of, place, kept if word == "recue" else ())
        _mails(session)
        session.execute(update(Request).values(created_at=now))


def _one(session: Session, word: str, vehicle_id: int, place: int, kept: tuple[Kept, ...]) -> None:
    now, today = clock.now(), clock.today()
    entered = NewRequest(
        name="Anne-Sophie de Kermadec-Le Goff", email="services.techniques@saint-germain-sur-morin.test",
        phone="06 12 34 56 78", signs=("Voyant allumé", "Bruit anormal"), text=_LONG, urgent=place % 2 == 0,
        vehicle_id=vehicle_id, photos=kept,
    )  # fmt: skip
    made = requests.receive(session, entered, ANYBODY, now, today)
    made.follow_token = word
    if word == "refusee":
        requests.refuse(session, made.number, "Ce véhicule est suivi par son constructeur.", HEAD, now)
    elif word != "recue":
        how = Acceptance(promised_on=today + timedelta(days=3))
        order = requests.accept(session, made.number, how, HEAD, now, today)
        for state in _ENDS.get(word, ()):
            repair_orders.change_state(session, order.number, state, HEAD, now, reason="Pièce commandée")


def _mails(session: Session) -> None:
    """The first ones: gone, given up, replaced, tried again."""
    gone = {"sent_at": clock.now(), "next_try_at": None, "attempts": 1}
    lost = {"next_try_at": None, "attempts": 1, "last_error": "Adresse refusée : 550 5.1.1 Utilisateur inconnu"}
    replaced = {"next_try_at": None, "attempts": 1, "last_error": SUPERSEDED}
    again = {"attempts": 3, "last_error": "Serveur injoignable (TimeoutError)"}
    ids = session.scalars(select(Mail.id).order_by(Mail.id)).all()
    for mail_id, values in zip(ids, (gone, lost, replaced, again), strict=False):
        session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def _pictures(store: PhotoStore) -> tuple[Kept, ...]:
    made = []
    for colour in ("#7a4300", "#154a92"):
        picture = Image.new("RGB", (1200, 900), colour)
        ImageDraw.Draw(picture).ellipse((300, 200, 900, 700), fill="#ffc76b")
        content = io.BytesIO()
        picture.save(content, "JPEG")
        made.append(store.keep(content.getvalue()))
    return tuple(made)
