"""The form of a package: its code, words, standard time, rows of parts, points one per line."""

from typing import Any, Final

from wtforms import FieldList, Form, FormField, SelectField, TextAreaField

from garage.domain.vehicles import VehicleType
from garage.french.labels import label
from garage.operations.packages import Content
from garage.web.forms.entries import Shown, WorkTime, decimal, hidden, longest, number, words
from garage.web.forms.fields import GarageForm, Required, choices

ROWS: Final = 4
_MOST_ROWS: Final = 100
_MOST_POINTS: Final = 60


class PartRow(Form):
    """A part by its reference, and how much of it."""

    reference = words("Référence", 50)
    quantity = decimal("Quantité", 3)


class PackageForm(GarageForm):
    """A package as the head writes it; `seen` is its fingerprint when the page was made."""

    code = words("Code", 20, Required("Saisissez un code, par exemple VID-VL"))
    label = words("Désignation", 200, Required("Saisissez la désignation, par exemple Vidange véhicule léger"))
    labour_code = SelectField("Main-d’œuvre", validate_choice=False)
    standard_minutes = WorkTime("Temps prévu")
    vehicle_type = SelectField(
        "Type de véhicule",
        choices=choices([("", "Tous"), *((kind.value, label(kind)) for kind in VehicleType)]),
        validate_choice=False,
    )
    rows = FieldList(FormField(PartRow), max_entries=_MOST_ROWS)
    points = TextAreaField("Points à contrôler", [*longest(12000), Shown()])
    seen = hidden()

    def validate(self, extra_validators: Any = None) -> bool:
        """A part has both a reference and a quantity; a point fits in one line."""
        valid = bool(super().validate(extra_validators=extra_validators))
        wrong = [text for row in self.rows for text in _faults(row.form)]
        self.rows.errors = wrong[:1]
        return all([valid, not wrong, self._points_fit()])

    def _points_fit(self) -> bool:
        if any(len(point) > 200 for point in self._lines()):
            self.points.errors = [*self.points.errors, "Écrivez chaque point en 200 caractères au plus"]
        elif len(self._lines()) > _MOST_POINTS:
            self.points.errors = [*self.points.errors, f"Écrivez {_MOST_POINTS} points au plus"]
        return not self.points.errors

    def _lines(self) -> list[str]:
        return [line for line in (" ".join(line.split()) for line in (self.points.data or "").splitlines()) if line]

    def blank_rows(self) -> None:
        """Room for more parts."""
        for _ in range(min(ROWS, _MOST_ROWS - len(self.rows))):
            self.rows.append_entry()

    @property
    def content(self) -> Content:
        """What was written."""
        kind = self.vehicle_type.data
        return Content(
            code=self.code.data or "",
            label=self.label.data or "",
            labour_code=self.labour_code.data or None,
            standard_minutes=self.standard_minutes.data,
            vehicle_type=VehicleType(kind) if kind in set(VehicleType) else None,
            parts=tuple(
                (row.form.reference.data, number(row.form.quantity.data))
                for row in self.rows
                if row.form.reference.data
            ),
            points=tuple(self._lines()),
        )


def _faults(row: PartRow) -> list[str]:
    if row.reference.data and row.quantity.data is None and not row.quantity.errors:
        row.quantity.errors = [*row.quantity.errors, "Saisissez la quantité, par exemple 1 ou 5,5"]
    if row.quantity.data is not None and not row.reference.data:
        row.reference.errors = [*row.reference.errors, "Saisissez la référence, par exemple FH-2041"]
    return [str(text) for text in (*row.reference.errors, *row.quantity.errors)]
