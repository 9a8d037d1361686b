"""The forms of counts: opening one, a code, a quantity, a file, giving up, the reasons of its differences."""

from collections.abc import Sequence
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import ValidationError

from garage.db.queries.paging import AnyRow
from garage.domain.counts import CountKind, CountReason
from garage.french.labels import label
from garage.web.forms.entries import DatedForm, Within, decimal, hidden, longest, sent_once, words
from garage.web.forms.fields import GarageForm, IntegerFr, Required, choices

_SIZE: Final = "Saisissez un nombre de pièces de 1 à 500, par exemple 20"


class OpenForm(DatedForm):
    """What to count; the fields that the choice does not need are left aside."""

    kind = RadioField(
        "À compter", choices=choices([(one.value, label(one)) for one in CountKind]), default=CountKind.FULL.value
    )
    store = SelectField("Magasin", validate_choice=False)
    bins = words("Casiers", 1000, description="Pour des casiers\u00a0: leurs noms, séparés par une virgule.")
    family = SelectField("Famille", validate_choice=False)
    size = IntegerFr("Nombre de pièces", [Within(1, 500, _SIZE)], message=_SIZE)
    title = words("Titre", 200, description="Vide\u00a0: le titre dit ce qui est compté.")
    form_token = sent_once()

    def validate_store(self, field: Any) -> None:
        """Asked for a store alone."""
        known = {str(one.value) for one in field.choices}
        if self.kind.data == CountKind.STORE and field.data not in known:
            raise ValidationError("Choisissez le magasin")

    def validate_bins(self, field: Any) -> None:
        """Asked for bins alone."""
        if self.kind.data == CountKind.BINS and not field.data.replace(",", "").strip():
            raise ValidationError("Saisissez les casiers, par exemple A1-01, A1-02")

    def validate_family(self, field: Any) -> None:
        """Asked for a family alone."""
        if self.kind.data == CountKind.FAMILY and not field.data:
            raise ValidationError("Choisissez la famille")


class CodeForm(GarageForm):
    """A code to look for: nothing is sent."""

    class Meta(GarageForm.Meta):
        """A page that is read."""

        csrf = False

    q = StringField(
        "Code d’une pièce ou d’un casier",
        [*longest(500)],
        render_kw={"data-recherche": "", "autocomplete": "off", "spellcheck": "false"},
    )


class CountedForm(GarageForm):
    """What was found of a part in a bin."""

    counted = decimal("Quantité trouvée", 3, Required("Saisissez la quantité trouvée, par exemple 12\u202f; 0 si rien"))
    seen = hidden(9)


class FileForm(GarageForm):
    """The file of what was counted."""

    file = FileField("Fichier CSV", [Required("Choisissez le fichier")])


class CancelForm(GarageForm):
    """Why a count is given up."""

    reason = words("Motif", 500, Required("Indiquez le motif, par exemple «\u00a0reporté au mois prochain\u00a0»"))


class ApprovalForm(GarageForm):
    """The reason of each difference, or one for all those without theirs."""

    other = SelectField("Motif des écarts sans motif propre", validate_choice=False)
    seen = hidden(9)

    def reasons(self, lines: Sequence[AnyRow]) -> dict[int, CountReason]:
        """The reasons chosen line by line."""
        chosen = {line.id: self._fields.get(f"motif_{line.id}") for line in lines}
        return {one: CountReason(field.data) for one, field in chosen.items() if field is not None and field.data}


_REASONS: Final = [(one.value, label(one)) for one in CountReason]


def approval_form(lines: Sequence[AnyRow], **values: Any) -> ApprovalForm:
    """The form of these differing lines."""
    own = {
        f"motif_{line.id}": SelectField(
            f"Motif de l’écart sur {line.reference}", choices=choices([("", "Commun"), *_REASONS])
        )
        for line in lines
    }
    form = type("ApprovalForm", (ApprovalForm,), own)(**values)
    form.other.choices = choices([("", "Choisir"), *_REASONS])
    return form  # type: ignore[no-any-return]
