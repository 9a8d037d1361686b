"""The forms of the stock: a receipt."""

from typing import Any, Final

from wtforms import BooleanField, Form, SelectField

from garage.web.forms.entries import DatedForm, decimal, hidden, words
from garage.web.forms.fields import Required, choices

FREE: Final = "Un coût de zéro fait baisser le coût moyen\u00a0: saisissez le coût, ou cochez la case"


class StockFilters(Form):
    """The filters of the list, kept in its address."""

    parts = SelectField(
        "Pièces",
        name="pieces",
        choices=choices([("", "Toutes"), ("stock-bas", "Stock bas"), ("retirees", "Retirées")]),
        validate_choice=False,
    )
    family = SelectField("Famille", name="famille", validate_choice=False)


class ReceiptForm(DatedForm):
    """Goods received: quantity, unit cost, day and why (rule S3)."""

    quantity = decimal("Quantité reçue", 3, Required("Saisissez la quantité, par exemple 12 ou 200,5"))
    cost = decimal("Coût unitaire", 4, Required("Saisissez le coût d’achat, par exemple 12,50"))
    reason = words(
        "Bon de livraison ou motif", 500, Required("Indiquez le numéro du bon de livraison, ou pourquoi cette entrée")
    )
    free = BooleanField("Reçu gratuitement")
    seen = hidden(9)

    def validate(self, extra_validators: Any = None) -> bool:
        """A cost of nothing is meant."""
        valid = bool(super().validate(extra_validators=extra_validators))
        if self.cost.data == 0 and not self.free.data:
            self.cost.errors = [FREE]
            valid = False
        return valid
