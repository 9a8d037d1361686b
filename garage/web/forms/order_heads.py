"""The forms that complete an order after it was opened: its head, what a line cost. Each carries what was read."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import HiddenField, SelectField, TextAreaField

from garage.domain.repair_orders import OrderKind
from garage.french.labels import label
from garage.operations.order_costs import Cost
from garage.operations.order_head import Head
from garage.web.forms.entries import NearDay, Shown, decimal, longest, words
from garage.web.forms.fields import GarageForm, choices


class _ReadForm(GarageForm):
    """A form that tells what its page showed, so that two people may change different things."""

    vu = HiddenField(validators=[Shown()])

    def read(self) -> dict[str, Any]:
        """What the page showed, by name of field; nothing when it does not say."""
        try:
            told = json.loads(self.vu.data or "{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def show(self, values: dict[str, str]) -> None:
        """Keep what this page shows, for the next time it is sent."""
        self.vu.data = json.dumps(values, ensure_ascii=False)


class HeadForm(_ReadForm):
    """The head of an order (rule O1)."""

    kind = SelectField("Nature", choices=choices([(kind.value, label(kind)) for kind in OrderKind]))
    reason = TextAreaField("Motif de la demande", longest(2000))
    requester = words("Demandeur", 200)
    service = words("Service", 200)
    engagement = words("Numéro d’engagement", 100)
    promised_on = NearDay("Promis pour le")

    @property
    def mine(self) -> Head:
        """What is wanted."""
        texts = {name: _text(self[name].data) for name in ("reason", "requester", "service", "engagement")}
        return Head(OrderKind(self.kind.data), **texts, promised_on=self.promised_on.data)

    @property
    def seen(self) -> Head:
        """What was read, as far as the page tells."""
        told = self.read()
        texts = {name: _text(told.get(name)) for name in ("reason", "requester", "service", "engagement")}
        kind = OrderKind(told["kind"]) if told.get("kind") in set(OrderKind) else self.mine.kind
        return Head(kind, **texts, promised_on=_day(told.get("promised_on")))


class CostForm(_ReadForm):
    """What a line cost, and whose invoice says so (rule O3, M8)."""

    supplier = words("Fournisseur", 200)
    supplier_invoice = words("Numéro de leur facture", 100)
    cost = decimal("Coût unitaire", 4, description="Laissez vide si leur facture n’est pas arrivée.")

    @property
    def mine(self) -> Cost:
        """What is wanted."""
        return Cost(_text(self.supplier.data), _text(self.supplier_invoice.data), self.cost.data)

    @property
    def seen(self) -> Cost:
        """What was read, as far as the page tells."""
        told = self.read()
        cost = told.get("cost")
        return Cost(_text(told.get("supplier")), _text(told.get("supplier_invoice")), _cost(cost))


def plain(values: dict[str, Any]) -> dict[str, str]:
    """What a page shows, as its hidden field tells it; what is empty is left out."""
    return {name: str(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str | None:
    return str(value).replace("\r\n", "\n").strip() or None if value is not None else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _cost(value: Any) -> Decimal | None:
    text = str(value or "")
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and len(text) < 20 else None
