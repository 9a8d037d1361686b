"""The forms of the catalogue: a part with its rows of suppliers and models, its photo."""

from decimal import Decimal
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, TextAreaField

from garage.domain.errors.base import GarageError
from garage.domain.errors.parts import BadLevel, SoldTwice
from garage.domain.errors.stock import BadCost
from garage.domain.errors.tags import UnusableCode
from garage.domain.parts import WasteClass
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.operations.parts import Content, Fits, Sold
from garage.operations.stores import Place
from garage.web import paging
from garage.web.forms.entries import decimal, hidden, longest, words
from garage.web.forms.fields import GarageForm, Required, choices
from garage.web.forms.requests import PICTURES

UNITS: Final = {
    "u": "u – unité",
    "L": "L – litre",
    "m": "m – mètre",
    "kg": "kg – kilogramme",
    "paire": "paire",
    "jeu": "jeu",
}
ROWS: Final = 2
_MOST_ROWS: Final = 60
_MOST_CODES: Final = 60


class SoldRow(Form):
    """A supplier of the part: its reference, price and pack."""

    supplier = SelectField("Fournisseur", validate_choice=False)
    reference = words("Sa référence", 100)
    price = decimal("Prix", 4)
    pack = decimal("Par lot de", 3)


class ModelRow(Form):
    """A model that the part fits, and how much of it one job takes."""

    make = words("Marque", 100)
    model = words("Modèle", 100)
    quantity = decimal("Quantité habituelle", 3)


class PartForm(GarageForm):
    """A part as the storekeeper writes it; `seen` is its fingerprint when the page was made (rule S1)."""

    reference = words("Référence", 50, Required("Saisissez la référence, par exemple FH-2041"))
    label = words("Désignation", 200, Required("Saisissez la désignation, par exemple Filtre à huile"))
    unit = SelectField("Unité", validate_choice=False)
    family = words("Famille", 60)
    store = SelectField("Magasin", validate_choice=False)
    bin = words("Casier habituel", 50)
    new_bin = BooleanField("Créer ce casier s’il n’existe pas")
    minimum = decimal("Minimum", 3)
    maximum = decimal("Maximum", 3)
    supplier = SelectField("Fournisseur préféré", validate_choice=False)
    waste = SelectField(
        "Déchet, une fois usée",
        choices=choices([("", "Aucun"), *((kind.value, label(kind)) for kind in WasteClass)]),
        validate_choice=False,
    )
    deposit = decimal("Consigne par unité", 2)
    barcodes = TextAreaField("Codes-barres", longest(4000))
    sold = FieldList(FormField(SoldRow), max_entries=_MOST_ROWS)
    equivalents = TextAreaField("Pièces équivalentes", longest(2000))
    models = FieldList(FormField(ModelRow), max_entries=_MOST_ROWS)
    seen = hidden()

    _units: tuple[str, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """A row tells its supplier, or its make; a code and a reference fit in their columns."""
        valid = bool(super().validate(extra_validators=extra_validators))
        for rows, name, text in (
            (self.sold, "supplier", "Choisissez le fournisseur de cette ligne"),
            (self.models, "make", "Saisissez la marque, par exemple Renault"),
        ):
            for row in rows:
                if not row.form[name].data and any(field.data for field in row.form):
                    row.form[name].errors = [text]
            rows.errors = [str(error) for row in rows for field in row.form for error in field.errors][:1]
        if len(codes := lines(self.barcodes.data)) > _MOST_CODES or any(len(code) > 100 for code in codes):
            self.barcodes.errors = [f"Écrivez {_MOST_CODES} codes au plus, de 100 caractères chacun"]
        if self.unit.data not in self._units:
            self.unit.errors = ["Choisissez l’unité dans la liste"]
        return valid and not any(field.errors for field in self)

    def offer(self, unit: str, stores: list[tuple[int, str]], suppliers: list[tuple[int, str]]) -> None:
        """The lists: units with the present one, open stores, active suppliers with those of this part."""
        units = UNITS if unit in UNITS else {**UNITS, unit: unit}
        self._units = tuple(units)
        self.unit.choices = choices(units.items())
        self.store.choices = choices(stores)
        named = choices([("", "Aucun"), *suppliers])
        self.supplier.choices = named
        for row in self.sold:
            row.form.supplier.choices = named

    def blank_rows(self) -> None:
        """Room for more suppliers and models."""
        for rows in (self.sold, self.models):
            for _ in range(ROWS if not len(rows) or any(rows[-1].form[name].data for name in rows[-1].data) else 0):
                if len(rows) < _MOST_ROWS:
                    rows.append_entry()

    @property
    def content(self) -> Content:
        """What was written."""
        store = paging.whole(self.store.data)
        code = self.bin.data or ""
        return Content(
            reference=self.reference.data or "",
            label=self.label.data or "",
            unit=self.unit.data,
            family=self.family.data or None,
            place=Place(store or 0, code, bool(self.new_bin.data)) if code else None,
            minimum=self.minimum.data,
            maximum=self.maximum.data,
            supplier_id=paging.whole(self.supplier.data),
            waste=WasteClass(self.waste.data) if self.waste.data in set(WasteClass) else None,
            deposit=self.deposit.data,
            barcodes=tuple(dict.fromkeys(lines(self.barcodes.data))),
            sold=tuple(_sold(row.form) for row in self.sold if row.form.supplier.data),
            equivalents=tuple(dict.fromkeys(lines(self.equivalents.data))),
            models=tuple(
                Fits(row.form.make.data, row.form.model.data or "", row.form.quantity.data)
                for row in self.models
                if row.form.make.data
            ),
        )

    def refuse(self, refusal: GarageError) -> None:
        """Beside the field, or the row, that it is about."""
        text = sentence(refusal)
        if isinstance(refusal, UnusableCode):
            self.barcodes.errors = [text]
        elif isinstance(refusal, BadLevel) and refusal.name in {"minimum", "maximum"}:
            self[refusal.name].errors = [text]
        elif isinstance(refusal, BadLevel):
            name = "pack" if refusal.name == "sold" else "quantity"
            _in_rows(self[refusal.name], name, refusal.quantity, text)
        elif isinstance(refusal, BadCost):
            _in_rows(self.sold, "price", refusal.cost, text)
        elif isinstance(refusal, SoldTwice):
            told = [row.form.supplier.data for row in self.sold]
            _in_rows(self.sold, "supplier", next(one for one in told if one and told.count(one) > 1), text)
        else:
            super().refuse(refusal)


def _sold(row: Any) -> Sold:
    return Sold(paging.whole(row.supplier.data) or 0, row.reference.data or None, row.price.data, row.pack.data)


def _in_rows(rows: Any, name: str, value: str | Decimal, text: str) -> None:
    """At the last row whose field holds this value."""
    rows.errors = [text]
    for row in reversed(list(rows)):
        if row.form[name].data == value:
            row.form[name].errors = [text]
            return


def lines(text: str | None) -> list[str]:
    """The lines of a text, stray spaces removed, empty ones left out."""
    return [line for line in (" ".join(line.split()) for line in (text or "").splitlines()) if line]


class PhotoForm(GarageForm):
    """The picture of a part."""

    photo = FileField("Photo", render_kw=PICTURES)
