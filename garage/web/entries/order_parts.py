"""Entries about the lines of an order: a part out of stock, a line taken away."""

from decimal import Decimal
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from garage.db.queries import stock as queries
from garage.french import formats
from garage.operations import order_lines
from garage.web.entries.kinds import Done, EntryForm, EntryKind, Sent
from garage.web.forms.entries import decimal, hidden, number, words
from garage.web.forms.fields import IntegerFr, Required


class PartEntry(EntryForm):
    """So much of a part for an order."""

    ordre = hidden()
    reference = hidden()
    quantity = decimal("Quantité", 3, Required("Saisissez la quantité, par exemple 1 ou 5,5"), default=Decimal(1))
    forced_reason = words("Motif pour dépasser le stock (facultatif, chef d’atelier)", 500)


class LineEntry(EntryForm):
    """A line of an order."""

    ordre = hidden()
    ligne = IntegerFr("Ligne", [Required("Indiquez la ligne")])


def _add_part(session: Session, sent: Sent, form: PartEntry) -> Done:
    order = form.ordre.data or ""
    part = queries.part(session, form.reference.data or "")
    quantity = number(form.quantity.data)
    entry = order_lines.Entry(order, sent.day, sent.actor, sent.received_at, sent.today, form_token=sent.key)
    line = order_lines.add_part(session, entry, part.id, quantity, form.forced_reason.data or None)
    text = f"{formats.quantity(quantity)} × {part.label} ajouté"
    return Done(text, undo=("retirer-ligne", {"ordre": order, "ligne": line.rank}))


def _remove_line(session: Session, sent: Sent, form: LineEntry) -> Done:
    order_lines.remove(session, form.ordre.data or "", form.ligne.data, sent.actor, sent.received_at)
    return Done("Ligne retirée")


def order_page(form: PartEntry | LineEntry) -> str:
    """The page of the order an entry is about."""
    return url_for("orders.show", number=form.ordre.data or "-")


KINDS: Final = (
    EntryKind("piece", "Pièce posée", PartEntry, _add_part, lambda form: form.ordre.data, order_page),
    EntryKind("retirer-ligne", "Ligne retirée", LineEntry, _remove_line, lambda form: form.ordre.data, order_page),
)
