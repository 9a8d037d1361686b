"""The forms of the stock: a receipt."""

from wtforms import Form, SelectField

from garage.web.forms.entries import DatedForm, decimal, hidden, words
from garage.web.forms.fields import Required, choices


class StockFilters(Form):
    """The filters of the list, kept in its address."""

    parts = SelectField(
        "Pièces",
        name="pieces",
        choices=choices([("", "Toutes"), ("a-commander", "À commander"), ("retirees", "Retirées")]),
        validate_choice=False,
    )
    family = SelectField("Famille", name="famille", validate_choice=False)


class ReceiptForm(DatedForm):
    """Goods received: quantity, unit cost, day and why (rule S3)."""

    quantity = decimal("Quantité reçue", 3, Required("Saisissez la quantité, par exemple 12 ou 200,5"))
    cost = decimal("Coût unitaire", 4, Required("Saisissez le coût d’achat, par exemple 12,50"))
    reason = words("Bon de livraison ou motif", 500)
    seen = hidden(9)
