"""The forms of titres de recettes, payments, credits, accounts, and of the file that comes back of the finance."""

from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField

from garage.domain.errors.base import GarageError
from garage.domain.errors.recovery import AboveDue, OverpaidReasonMissing
from garage.web.forms.entries import Within, decimal, words
from garage.web.forms.fields import Chosen, DayFr, GarageForm, IntegerFr, Required

_EXAMPLE: Final = "par exemple 08/10/2026"
_AMOUNT: Final = "Saisissez le montant, par exemple 125,40"


def _day(label: str, what: str) -> DayFr:
    message = f"Saisissez {what}, {_EXAMPLE}"
    return DayFr(label, [Required(message)], message=message)


def _amount(label: str = "Montant") -> Any:
    return decimal(label, 2, Required(_AMOUNT), message=_AMOUNT)


class RecoveryFilters(GarageForm):
    """Which bills to list; an empty choice is all of them."""

    etat = SelectField("État", validate_choice=False)
    collectivite = SelectField("Collectivité", validate_choice=False)
    annee = SelectField("Année", validate_choice=False)
    echeance = SelectField("Échéance", validate_choice=False)


class TitreForm(GarageForm):
    """A titre as the finance application numbered it; with a reason when it is corrected."""

    number = words("Numéro du titre", 30, Required("Saisissez le numéro du titre, par exemple 1042"))
    year = IntegerFr(
        "Exercice",
        [
            Required("Saisissez l’exercice, par exemple 2026"),
            Within(1900, 2199, "Saisissez l’exercice avec quatre chiffres, par exemple 2026"),
        ],
        message="Saisissez l’exercice avec quatre chiffres, par exemple 2026",
    )
    bordereau = words("Bordereau", 30)
    done_on = _day("Date du titre", "la date du titre")
    amount = _amount("Montant du titre")


class CorrectionForm(TitreForm):
    """What was typed of a titre, corrected."""

    reason = words("Motif de la correction", 500, Required("Indiquez le motif, par exemple « faute de frappe »"))


class PaymentForm(GarageForm):
    """Euros received for a bill; `overpaid` is asked only once they turn out to be too many."""

    amount = _amount()
    done_on = _day("Date du paiement", "la date du paiement")
    reference = words("Référence", 100, description="Celle du virement ou du mandat, pour le retrouver.")
    overpaid = BooleanField("C’est un trop-perçu : garder la différence comme crédit")
    overpaid_reason = words("Pourquoi ce paiement dépasse le reste à payer (obligatoire pour un trop-perçu)", 500)
    above = False

    def refuse(self, refusal: GarageError) -> None:
        """Ask about the excess once there is one."""
        self.above = self.above or isinstance(refusal, AboveDue | OverpaidReasonMissing)
        super().refuse(refusal)


class RefundForm(GarageForm):
    """Euros given back of a credit."""

    amount = _amount()
    done_on = _day("Date du remboursement", "la date du remboursement")
    reference = words("Référence", 100, description="Celle du mandat, pour le retrouver.")


class OffsetForm(GarageForm):
    """A credit that covers another bill."""

    target = SelectField("Facture à payer", [Chosen("Choisissez la facture à payer")])
    amount = _amount()
    done_on = _day("Date de la compensation", "la date de la compensation")
    reference = words("Référence", 100)


class VoidForm(GarageForm):
    """Why a settlement is voided."""

    reason = words(
        "Motif de l’annulation", 500, Required("Indiquez le motif, par exemple « saisi sur une autre facture »")
    )


class ReturnForm(GarageForm):
    """The file that comes back of the finance application."""

    file = FileField("Fichier CSV", [Required("Choisissez le fichier du retour")])


class RecordForm(GarageForm):
    """The agreement to record a file as it was checked."""


class AccountForm(GarageForm):
    """The days of a statement, in its address."""

    du = DayFr("Depuis le", message=f"Saisissez une date, {_EXAMPLE}")
    au = DayFr("Jusqu’au", message=f"Saisissez une date, {_EXAMPLE}")
