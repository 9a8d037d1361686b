"""The forms of what is bought: what to reorder, a draft order, a delivery, goods sent back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from flask_wtf.file import FileField
from wtforms import BooleanField, Field, Form, SelectField, TextAreaField

from garage.db.queries.purchases import Line
from garage.db.queries.reorder import Group
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.parts import BinClosed, UnknownBin
from garage.domain.errors.purchases import AboveOrder
from garage.domain.repair_orders import check_quantity
from garage.french.refusals import sentence
from garage.operations import stock
from garage.operations.goods_receipts import Received
from garage.operations.purchases import Wanted
from garage.operations.stores import MAIN, Place
from garage.web.forms.entries import DatedForm, NearDay, decimal, hidden, longest, number, sent_once, words
from garage.web.forms.fields import Chosen, GarageForm, Required
from garage.web.forms.stock import FREE

_QUANTITY: Final = Required("Saisissez la quantité, par exemple 2 ou 8,5")
_SUPPLIER: Final = Chosen("Choisissez le fournisseur dans la liste")


class PurchaseFilters(Form):
    """The filters of the orders to suppliers, kept in the address."""

    etat = SelectField("État", validate_choice=False)
    fournisseur = SelectField("Fournisseur", validate_choice=False)
    echeance = SelectField("Livraison", validate_choice=False)


class ReturnFilters(Form):
    """The filters of the returns."""

    avoir = SelectField("Avoir", validate_choice=False)
    fournisseur = SelectField("Fournisseur", validate_choice=False)


class GroupForm(GarageForm):
    """What to order from one supplier, each line ticked with its quantity; made for a group by `group_form`."""

    supplier = SelectField("Fournisseur", [_SUPPLIER], validate_choice=False)
    form_token = sent_once()
    group: Group = Group(0, "")

    def take(self, key: str) -> Field:
        """The box of a line."""
        return self[f"prendre_{key}"]

    def quantity(self, part_id: int) -> Field:
        """How much of a part."""
        return self[f"quantite_{part_id}"]

    @property
    def wanted(self) -> list[Wanted]:
        """The ticked lines."""
        found = [
            Wanted(one.part_id, number(self.quantity(one.part_id).data))
            for one in self.group.short
            if self.take(f"p{one.part_id}").data
        ]
        return found + [
            Wanted(one.part_id, one.quantity, repair_order_id=one.order_id, request_id=one.id)
            for one in self.group.asked
            if self.take(f"d{one.id}").data
        ]


def group_form(group: Group) -> GroupForm:
    """A form of a group; its supplier is asked for when it has none."""
    fields: dict[str, Any] = {"group": group}
    if group.supplier_id:
        fields["supplier"] = None
    for one in group.short:
        fields[f"prendre_p{one.part_id}"] = BooleanField(one.label, default=True)
        fields[f"quantite_{one.part_id}"] = decimal("Quantité", 3, default=one.proposed)
    for asked in group.asked:
        fields[f"prendre_d{asked.id}"] = BooleanField(asked.label, default=asked.short)
    made = type("GroupForm", (GroupForm,), fields)
    return cast("GroupForm", made(prefix=f"g{group.supplier_id}-"))


class DraftForm(GarageForm):
    """A draft order typed over; made for its lines by `draft_form`."""

    expected_on = NearDay("Livraison attendue le")
    note = TextAreaField("Message au fournisseur", longest(2000))
    version = hidden(9)
    lines: tuple[Line, ...] = ()

    def quantity(self, line: Line) -> Field:
        """How much of a line."""
        return self[f"quantite_{line.id}"]

    def price(self, line: Line) -> Field:
        """The unit price of a line."""
        return self[f"prix_{line.id}"]

    def removed(self, line: Line) -> Field:
        """The box that takes a line away."""
        return self[f"retirer_{line.id}"]

    @property
    def told(self) -> dict[int, tuple[Decimal, Decimal | None] | None]:
        """Each line as it was typed."""
        return {
            line.id: None if self.removed(line).data else (number(self.quantity(line).data), self.price(line).data)
            for line in self.lines
        }


def draft_form(lines: Sequence[Line], data: Mapping[str, Any], *, typed: bool = True) -> DraftForm:
    """A form of these lines; not `typed` when the request sends another form of the page."""
    fields: dict[str, Any] = {"lines": tuple(lines)}
    for line in lines:
        fields[f"quantite_{line.id}"] = decimal("Quantité", 3, _QUANTITY, default=line.quantity)
        fields[f"prix_{line.id}"] = decimal("Prix unitaire", 4, default=line.price)
        fields[f"retirer_{line.id}"] = BooleanField("Retirer cette ligne")
    made = type("DraftForm", (DraftForm,), fields)
    return cast("DraftForm", made(data=dict(data)) if typed else made(formdata=None, data=dict(data)))


class PartNamedForm(GarageForm):
    """A form that names a part by `reference`."""

    def refuse(self, refusal: GarageError) -> None:
        """Beside the reference when no part has it."""
        if isinstance(refusal, NotFound) and refusal.what == "part":
            self["reference"].errors = [*self["reference"].errors, sentence(refusal)]
        else:
            super().refuse(refusal)


class AddLineForm(PartNamedForm):
    """A part put on a draft."""

    reference = words("Référence ou code-barres", 100, Required("Saisissez la référence de la pièce"))
    quantity = decimal("Quantité", 3, _QUANTITY)
    cost = decimal("Prix unitaire", 4, description="Vide\u00a0: le dernier prix connu chez ce fournisseur.")
    form_token = sent_once()


class NewPurchaseForm(GarageForm):
    """A draft for a supplier."""

    supplier = SelectField("Fournisseur", [_SUPPLIER], validate_choice=False)
    form_token = sent_once()


class SendForm(GarageForm):
    """The agreement to order, with or without an e-mail."""

    by_mail = BooleanField("Envoyer le bon de commande par courriel")
    version = hidden(9)


class CloseForm(GarageForm):
    """Why nothing more will come."""

    reason = words("Motif", 500, Required("Indiquez le motif, par exemple « plus fabriqué »"))


class ExpectForm(GarageForm):
    """Another day of delivery."""

    expected_on = NearDay("Livraison attendue le", [Required("Saisissez le jour attendu, par exemple 12/12/2026")])


class ForOrderForm(PartNamedForm):
    """A part ordered for a repair order."""

    reference = words("Référence ou code-barres de la pièce", 100, Required("Saisissez la référence de la pièce"))
    quantity = decimal("Quantité", 3, _QUANTITY)
    supplier = SelectField("Fournisseur", validate_choice=False)
    seen = hidden(9)


class DeliveryForm(DatedForm):
    """A delivery note and what came on it; made for its lines by `delivery_form`."""

    delivery_note = words(
        "Numéro du bon de livraison", 100, Required("Saisissez le numéro du bon de livraison, par exemple BL-10482")
    )
    photo = FileField("Photo du bon de livraison")
    note = words("Remarque", 500)
    form_token = sent_once()
    rows: tuple["DeliveryRow", ...] = ()

    def refuse(self, refusal: GarageError) -> None:
        """Show what is wrong with a line beside it."""
        for row in self.rows:
            if isinstance(refusal, AboveOrder) and row.line is not None and row.line.id == refusal.line_id:
                self._at("surplus", row, sentence(refusal))
                break
            if isinstance(refusal, UnknownBin | BinClosed) and self.bin(row) == refusal.bin:
                self._at("casier", row, sentence(refusal))
                break
        else:
            super().refuse(refusal)

    def _at(self, name: str, row: "DeliveryRow", text: str) -> None:
        field = self.of(name, row)
        field.errors = [*field.errors, text]

    def of(self, name: str, row: "DeliveryRow") -> Field:
        """A field of a line: quantite, cout, casier, surplus, stock."""
        return self[f"{name}_{row.key}"]

    def shows(self, name: str, row: "DeliveryRow") -> bool:
        """Whether a line has such a field."""
        return f"{name}_{row.key}" in self._fields

    def above(self, row: "DeliveryRow") -> bool:
        """Whether more is typed of a line than is left of it."""
        typed = self.of("quantite", row).data
        return row.line is not None and typed is not None and typed > row.line.left

    def bin(self, row: "DeliveryRow") -> str:
        """The code of another bin than the usual one; empty for that one."""
        code = str(self.of("casier", row).data or "")
        return "" if code == (row.bin or "") else code

    @property
    def came(self) -> list["DeliveryRow"]:
        """The lines of which something came."""
        return [row for row in self.rows if self.of("quantite", row).data is not None]

    def _place(self, row: "DeliveryRow") -> Place:
        return Place(MAIN, self.bin(row), bool(self.of("creer", row).data))

    @property
    def places(self) -> list[Place]:
        """The other bins that goods go to, each once; one to be made comes last."""
        told = {place.code: place for place in map(self._place, self.came) if place.code}
        return sorted(told.values(), key=lambda place: (place.new, place.code))

    def free(self, row: "DeliveryRow") -> bool:
        """Whether a cost of nothing is typed."""
        return bool(self.of("cout", row).data == 0)

    def received(self, bins: Mapping[str, int | None]) -> list[Received]:
        """The lines of which something came."""
        return [self._received(row, bins) for row in self.came]

    def _received(self, row: "DeliveryRow", bins: Mapping[str, int | None]) -> Received:
        code = self.bin(row)
        return Received(
            row.part_id,
            number(self.of("quantite", row).data),
            number(self.of("cout", row).data),
            row.line.id if row.line else None,
            bins.get(code),
            (self.of("surplus", row).data or None) if row.line else None,
            to_stock=bool(self.shows("stock", row) and self.of("stock", row).data),
        )

    def accepts(self, find: Callable[[Place], object]) -> bool:
        """Whether a form was sent in which nothing is wrong; every fault is told at once, at its field.

        `find` refuses a bin that is not there.
        """
        if not self.is_submitted():
            return False
        valid = self.validate()
        for row in self.came:
            for name, text in self._faults(row, find):
                self._at(name, row, text)
                valid = False
        return valid

    def _faults(self, row: "DeliveryRow", find: Callable[[Place], object]) -> Iterable[tuple[str, str]]:
        quantity, cost = self.of("quantite", row).data, self.of("cout", row)
        if told := _refusal(lambda: check_quantity(quantity)):
            yield "quantite", told
        if cost.data is None and not cost.errors:
            yield "cout", "Saisissez le coût d’achat, par exemple 12,50"
        elif cost.data is not None and (told := _refusal(lambda: stock.check_cost(cost.data))):
            yield "cout", told
        elif self.free(row) and not self.of("gratuit", row).data:
            yield "cout", FREE
        if row.line is not None and self.above(row) and not self.of("surplus", row).data:
            yield "surplus", sentence(AboveOrder(row.line.id, row.label, row.line.left, quantity))
        if self.bin(row) and (told := _refusal(lambda: find(self._place(row)))):
            yield "casier", told


def _refusal(act: Callable[[], object]) -> str:
    """The sentence of what an act refuses; empty when it refuses nothing."""
    try:
        act()
    except GarageError as refusal:
        return sentence(refusal)
    return ""


class DeliveryRow:
    """A line of the form: an awaited line of an order, or a part that nobody ordered, and what was counted of it."""

    def __init__(self, part: Any, line: Line | None, counted: Decimal | None) -> None:
        self.part_id: int = part.part_id if line else part.id
        self.reference, self.label, self.unit, self.bin = part.reference, part.label, part.unit, part.bin
        self.line, self.counted = line, counted
        self.key = f"l{line.id}" if line else f"p{part.id}"
        self.cost: Decimal | None = line.price if line else part.price


def delivery_form(rows: Sequence[DeliveryRow]) -> DeliveryForm:
    """A form of these lines; the cost is the ordered price, else the supplier's last one."""
    fields: dict[str, Any] = {"rows": tuple(rows)}
    for row in rows:
        fields[f"quantite_{row.key}"] = decimal("Quantité reçue", 3, default=row.counted)
        fields[f"cout_{row.key}"] = decimal("Coût unitaire", 4, default=row.cost)
        fields[f"gratuit_{row.key}"] = BooleanField("Reçu gratuitement")
        fields[f"casier_{row.key}"] = words("Casier", 50, default=row.bin or "")
        fields[f"creer_{row.key}"] = BooleanField("Créer ce casier")
        if row.line is not None:
            fields[f"surplus_{row.key}"] = words("Motif si plus que commandé", 500)
            if row.line.repair_order:
                fields[f"stock_{row.key}"] = BooleanField("Mettre en stock au lieu de l’ordre")
    made = type("DeliveryForm", (DeliveryForm,), fields)
    return cast("DeliveryForm", made())


class SendBackForm(DatedForm):
    """Goods sent back to their supplier."""

    quantity = decimal("Quantité retournée", 3, _QUANTITY)
    reason = words("Motif du retour", 500, Required("Indiquez le motif, par exemple « mauvaise référence livrée »"))
    reference = words("Numéro du bon de retour", 100)
    seen = hidden(20)


class CreditedForm(DatedForm):
    """The credit note of a supplier."""

    credit_reference = words("Numéro de l’avoir", 100, Required("Saisissez le numéro de l’avoir, par exemple AV-204"))
    amount = decimal("Montant de l’avoir", 2, Required("Saisissez le montant, par exemple 125,40"))
    why = words("Pourquoi ce montant", 500)
