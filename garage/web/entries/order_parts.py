"""Entries about the lines of an order: parts out of stock, quantities, a line taken away and put back."""

from decimal import Decimal
from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part
from garage.db.queries import stock as queries
from garage.french import formats
from garage.operations import order_lines, package_parts, removed_lines
from garage.operations.order_lines import NewQuantity
from garage.web.entries.kinds import Done, EntryForm, EntryKind, Sent
from garage.web.filters import plural
from garage.web.forms.entries import decimal, hidden, number, words
from garage.web.forms.fields import IntegerFr, Required

_FORCED: Final = "Motif pour dépasser le stock (facultatif, chef d’atelier)"


class PartEntry(EntryForm):
    """So much of a part for an order."""

    ordre = hidden()
    reference = hidden()
    quantity = decimal("Quantité", 3, Required("Saisissez la quantité, par exemple 1 ou 5,5"), default=Decimal(1))
    forced_reason = words(_FORCED, 500)


class LineEntry(EntryForm):
    """A line of an order; `id_ligne`, when given, is the one that was seen under that rank."""

    ordre = hidden()
    ligne = IntegerFr("Ligne", [Required("Indiquez la ligne")])
    id_ligne = hidden(20)


class QuantityEntry(EntryForm):
    """A line's whole quantity, having seen `vu`; or, from a stepper, so much more or less (`ecart`)."""

    ordre = hidden()
    ligne = hidden()
    id_ligne = hidden(20)
    ecart = hidden(20)
    vu = hidden(20)
    quantity = decimal("Quantité", 3)
    forced_reason = words(_FORCED, 500)


class LinesEntry(EntryForm):
    """Lines of an order by their ids, or the id of one that was taken away."""

    ordre = hidden()
    lignes = hidden(500)


class PackagePartsEntry(EntryForm):
    """The parts of a work's package."""

    ordre = hidden()
    travail = hidden()


def _entry(sent: Sent, form: Any, *, once: bool = True) -> order_lines.Entry:
    token = sent.key if once else None
    return order_lines.Entry(
        form.ordre.data or "", sent.day, sent.actor, sent.received_at, sent.today, form_token=token
    )


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _decimal(text: str | None) -> Decimal | None:
    """A number that a page of ours wrote."""
    bare = (text or "").removeprefix("-")
    return Decimal(text or "") if bare and bare.replace(".", "", 1).isdecimal() and bare.isascii() else None


def _add_part(session: Session, sent: Sent, form: PartEntry) -> Done:
    part = queries.part(session, form.reference.data or "")
    quantity = number(form.quantity.data)
    line = order_lines.add_part(session, _entry(sent, form), part.id, quantity, form.forced_reason.data or None)
    return Done(f"{formats.quantity(quantity)} × {part.label} ajouté", undo=_removal(form, line))


def _removal(form: Any, line: OrderLine) -> tuple[str, dict[str, Any]]:
    return "retirer-ligne", {"ordre": form.ordre.data, "ligne": line.rank, "id_ligne": line.id}


def _remove_line(session: Session, sent: Sent, form: LineEntry) -> Done:
    number_, rank = form.ordre.data or "", form.ligne.data
    gone = order_lines.remove(session, number_, rank, sent.actor, sent.received_at, line_id=_id(form.id_ligne.data))
    return Done("Ligne retirée", undo=("remettre-ligne", {"ordre": number_, "lignes": gone}))


def _put_back(session: Session, sent: Sent, form: LinesEntry) -> Done:
    gone = _id(form.lignes.data) or 0
    line = removed_lines.put_back(session, form.ordre.data or "", gone, sent.actor, sent.received_at)
    return Done("Ligne remise sur l’ordre", undo=_removal(form, line))


def _change_quantity(session: Session, sent: Sent, form: QuantityEntry) -> Done:
    change = NewQuantity(
        order=form.ordre.data or "",
        rank=_id(form.ligne.data) or 0,
        more=_decimal(form.ecart.data) or Decimal(0),
        wanted=form.quantity.data,
        seen=_decimal(form.vu.data),
        line_id=_id(form.id_ligne.data),
        reason=form.forced_reason.data or None,
    )
    line, more = order_lines.change_quantity(session, change, sent.actor, sent.received_at, sent.today)
    text = f"{formats.quantity(number(line.quantity))} × {_name(session, line)}"
    if not more:
        return Done(text)
    if line.rank != change.rank:
        return Done(f"{text} ajouté", undo=_removal(form, line))
    undo = {"ordre": change.order, "ligne": line.rank, "id_ligne": line.id, "ecart": str(-more)}
    return Done(text, undo=("quantite-piece", undo))


def _name(session: Session, line: OrderLine) -> str:
    part = session.get(Part, line.part_id) if line.part_id is not None else None
    return line.label or (part.label if part else line.code) or "Travail externe"


def _take_package(session: Session, sent: Sent, form: PackagePartsEntry) -> Done:
    taken = package_parts.take_all(session, _entry(sent, form, once=False), _id(form.travail.data) or 0)
    posed = plural(len(taken.lines), "pièce posée", "pièces posées")
    lacking = [
        f"{short.label} ({formats.quantity(short.free)} libre, {formats.quantity(short.wanted)} à poser)"
        for short in taken.short
    ]
    text = f"{posed}. Manque\u00a0: {', '.join(lacking)}" if lacking else posed
    ids = ",".join(str(line.id) for line in taken.lines)
    return Done(text, undo=("retirer-lignes", {"ordre": form.ordre.data, "lignes": ids}) if ids else None)


def _remove_lines(session: Session, sent: Sent, form: LinesEntry) -> Done:
    wanted = [key for key in map(_id, (form.lignes.data or "").split(",")) if key is not None]
    gone = order_lines.remove_several(session, form.ordre.data or "", wanted, sent.actor, sent.received_at)
    return Done(plural(gone, "ligne retirée", "lignes retirées"))


def order_page(form: Any) -> str:
    """The page of the order an entry is about."""
    return url_for("orders.show", number=form.ordre.data or "-")


def _kind(slug: str, label: str, form: type[EntryForm], apply: Any) -> EntryKind:
    return EntryKind(slug, label, form, apply, lambda sent: sent.ordre.data, order_page)


KINDS: Final = (
    _kind("piece", "Poser une pièce", PartEntry, _add_part),
    _kind("pieces-forfait", "Poser les pièces du forfait", PackagePartsEntry, _take_package),
    _kind("quantite-piece", "Changer la quantité", QuantityEntry, _change_quantity),
    _kind("remettre-ligne", "Remettre une ligne", LinesEntry, _put_back),
    _kind("retirer-ligne", "Retirer une ligne", LineEntry, _remove_line),
    _kind("retirer-lignes", "Retirer des lignes", LinesEntry, _remove_lines),
)
