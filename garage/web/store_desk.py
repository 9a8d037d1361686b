"""The storekeeper's hub: each rubric of the stock with what waits in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.stock import Part
from garage.db.queries import (
    core_deposits,
    counts,
    movements,
    part_requests,
    purchases,
    reorder,
    reservations,
    supplier_invoices,
    supplier_returns,
    unmatched,
    waste,
)
from garage.db.types import ScaledDecimal
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french import formats
from garage.web.access import allow, person
from garage.web.context import reading

blueprint = Blueprint("store_desk", __name__, url_prefix="/magasin")


@dataclass(frozen=True, slots=True)
class Rubric:
    """A page of the stock: its title, endpoint, what its number counts (singular, plural), and how to count it.

    `needs` is a permission that opens the page.
    """

    title: str
    endpoint: str
    one: str = ""
    several: str = ""
    number: Callable[[Session], int] | None = None
    needs: Permission = Permission.MANAGE_STOCK
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A rubric as it is printed."""

    title: str
    href: str
    words: str
    waits: bool


def _unmatched(session: Session) -> int:
    return unmatched.waiting(session, clock.today())


_GROUPS: Final = (
    (
        "À traiter",
        (
            Rubric("Demandes de pièces", "part_requests.index", "demande en attente", "demandes en attente",
                   part_requests.waiting),
            Rubric("À commander", "reorder.index", "pièce à commander", "pièces à commander", reorder.waiting),
            Rubric("Brouillons de commande", "reorder.index", "commande à passer", "commandes à passer",
                   purchases.drafts, anchor="brouillons"),
            Rubric("Achats", "purchases.index", "livraison attendue", "livraisons attendues", purchases.waiting,
                   Permission.READ_VALUE),
            Rubric("Sorties au-delà du stock", "movements.forced", "pièce à régulariser", "pièces à régulariser",
                   movements.waiting, Permission.READ_VALUE),
            Rubric("Inventaires", "counts.index", "inventaire à approuver", "inventaires à approuver", counts.waiting,
                   Permission.READ_VALUE),
            Rubric("Consignes", "core_deposits.index", "consigne à suivre", "consignes à suivre",
                   core_deposits.waiting, Permission.READ_VALUE),
            Rubric("Factures fournisseurs", "supplier_invoices.index", "facture à rapprocher",
                   "factures à rapprocher", supplier_invoices.waiting, Permission.READ_VALUE),
            Rubric("À rapprocher", "unmatched.index", "ligne sans suite", "lignes sans suite", _unmatched,
                   Permission.READ_VALUE),
            Rubric("Retours fournisseurs", "supplier_returns.index", "avoir attendu", "avoirs attendus",
                   supplier_returns.waiting, Permission.READ_VALUE),
            Rubric("Déchets", "waste.index", "bordereau sans traitement", "bordereaux sans traitement", waste.waiting,
                   Permission.READ_STOCK),
        ),
    ),
    (
        "Consulter et ranger",
        (
            Rubric("Pièces en stock", "stock.index", needs=Permission.READ_STOCK),
            Rubric("Pièces réservées", "reservations.index", "réservation", "réservations", reservations.waiting,
                   Permission.READ_STOCK),
            Rubric("Mouvements", "movements.index", needs=Permission.READ_STOCK),
            Rubric("Poser des fluides", "fluids.index"),
            Rubric("Réceptions", "goods_receipts.index", needs=Permission.READ_VALUE),
            Rubric("Fournisseurs", "suppliers.index", needs=Permission.READ_STOCK),
            Rubric("Magasins et casiers", "stores.index", needs=Permission.READ_STOCK),
            Rubric("Valeur du stock", "stock_value.index", needs=Permission.READ_VALUE),
            Rubric("Stock dormant", "stock_rotation.dormant", needs=Permission.READ_VALUE),
            Rubric("Étiquettes de pièces", "labels.parts"),
        ),
    ),
)  # fmt: skip


@blueprint.get("")
@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def index() -> str:
    """What waits, then where things are; rubrics whose page exists and opens for whoever is here."""
    with reading() as session:
        groups = [(title, [_card(session, one) for one in rubrics if _opens(one)]) for title, rubrics in _GROUPS]
        held = select(func.count(), func.coalesce(func.sum(Part.value, type_=ScaledDecimal(2)), ZERO))
        parts, value = session.execute(held.where(Part.on_hand != ZERO)).one()
    return render_template(
        "store_desk/index.html",
        groups=groups,
        parts=parts,
        value=value if person().may(Permission.READ_VALUE) else None,
    )


@blueprint.app_template_global("magasin_ouvert")
def is_open() -> bool:
    """Whether whoever is here may open the hub: where the back links of its pages lead."""
    return person().may(Permission.MANAGE_STOCK) or person().may(Permission.READ_VALUE)


def _opens(rubric: Rubric) -> bool:
    return rubric.endpoint in current_app.view_functions and person().may(rubric.needs)


def _card(session: Session, rubric: Rubric) -> Card:
    waiting = rubric.number(session) if rubric.number else 0
    words = f"{formats.count(waiting)}{formats.NBSP}{rubric.one if waiting < 2 else rubric.several}"
    return Card(
        rubric.title, url_for(rubric.endpoint, _anchor=rubric.anchor), words if rubric.number else "", bool(waiting)
    )
