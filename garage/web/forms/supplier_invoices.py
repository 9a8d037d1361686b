"""The forms of suppliers' invoices: their head, what they bill, free lines and their shares, acceptance, dispute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, cast

from flask_wtf.file import FileField
from wtforms import BooleanField, Field, Form, SelectField

from garage.domain.errors.base import GarageError
from garage.domain.errors.supplier_invoices import GapUnexplained
from garage.french.refusals import sentence
from garage.operations.supplier_acceptance import Told
from garage.operations.supplier_free_lines import FreeLine, Target
from garage.operations.supplier_invoices import Head, Matched
from garage.web.forms.entries import Within, decimal, hidden, sent_once, words
from garage.web.forms.fields import Chosen, DayFr, GarageForm, IntegerFr, Required
from garage.web.paging import whole

_DAY: Final = "Saisissez la date imprimée, par exemple 08/10/2026"
_NET: Final = "Saisissez le total imprimé, par exemple 245,80"
_VAT: Final = "Saisissez la TVA imprimée, par exemple 49,16, ou 0"
_RANK: Final = "Saisissez le numéro de la ligne de l’ordre, par exemple 2"


class InvoiceFilters(Form):
    """The filters of the list, kept in the address."""

    etat = SelectField("État", validate_choice=False)


class DaysFilter(Form):
    """After how many days something without an invoice is listed."""

    jours = SelectField("Sans facture depuis", validate_choice=False)


class HeadForm(GarageForm):
    """Whose an invoice is, what is printed at its head and its foot, its photo."""

    supplier = words(
        "Fournisseur", 200, Chosen("Saisissez le fournisseur, par exemple Pièces de l’Ouest"),
        render_kw={"list": "fournisseurs", "autocomplete": "off"},
    )  # fmt: skip
    number = words("Numéro de la facture", 100, Chosen("Saisissez le numéro imprimé, par exemple FA-2026-118"))
    dated_on = DayFr("Date de la facture", [Required(_DAY)], message=_DAY)
    net = decimal("Total de la facture", 2, Required(_NET), message=_NET)
    vat = decimal("TVA", 2, Required(_VAT), message=_VAT)
    photo = FileField("Photo de la facture", render_kw={"accept": "image/jpeg,image/png,image/webp", "data-photo": ""})
    version = hidden(9)

    def head(self, photo: str | None) -> Head:
        """What was typed, with the photo that was kept."""
        return Head(
            str(self.number.data), self.dated_on.data, self.net.data or Decimal(0), photo, self.vat.data or Decimal(0)
        )


class NewInvoiceForm(HeadForm):
    """A new invoice."""

    form_token = sent_once()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something an invoice may bill: `key` is r or o and an id; `detail` says where from; a cost may be unknown.

    `taken`: the invoice bears it already. `order_number` is the order it went to.
    """

    key: str
    label: str
    detail: str
    unit: str
    quantity: Decimal
    cost: Decimal | None
    taken: bool = False
    order_number: str | None = None

    def matched(self, quantity: Decimal, price: Decimal | None, net: Decimal | None) -> Matched:
        """So much of it, as typed."""
        target = int(self.key[1:])
        goods = self.key.startswith("r")
        return Matched(quantity, price, net, target if goods else None, None if goods else target)


class MatchForm(GarageForm):
    """What is ticked among the proposals; made for them by `match_form`."""

    version = hidden(9)
    goods: tuple[Proposal, ...] = ()
    works: tuple[Proposal, ...] = ()

    def of(self, name: str, one: Proposal) -> Field:
        """A field of a proposal: `prendre`, `quantite`, `prix` or `montant`."""
        return self[f"{name}_{one.key}"]

    @property
    def ticked(self) -> list[Proposal]:
        """The proposals taken."""
        return [one for one in (*self.goods, *self.works) if self.of("prendre", one).data]

    @property
    def wanted(self) -> list[Matched]:
        """What is ticked, as typed."""
        return [
            one.matched(self.of("quantite", one).data, self.of("prix", one).data, self.of("montant", one).data)
            for one in self.ticked
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """What is ticked has a quantity, and a price or an amount; the rest is not looked at."""
        super().validate(extra_validators=extra_validators)
        for one in (*self.goods, *self.works):
            fields = [self.of(name, one) for name in ("quantite", "prix", "montant")]
            if not self.of("prendre", one).data:
                for field in fields:
                    field.errors = []
                continue
            if fields[0].data is None and not fields[0].errors:
                fields[0].errors = ["Saisissez la quantité facturée, par exemple 2"]
            if all(field.data is None and not field.errors for field in fields[1:]):
                fields[1].errors = ["Saisissez le prix unitaire ou le montant"]
        return not self.form_errors and not any(field.errors for field in self)

    def refuse_line(self, refusal: GarageError, at: Proposal) -> None:
        """A refusal beside the line it is about."""
        name = {"quantity": "quantite", "net": "montant"}.get(refusal.field or "", "prix")
        field = self.of(name, at)
        field.errors = [*field.errors, sentence(refusal)]


def match_form(goods: Sequence[Proposal], works: Sequence[Proposal], version: int) -> MatchForm:
    """A form of these proposals, filled with what the invoice bears or with what is known."""
    fields: dict[str, Any] = {"goods": tuple(goods), "works": tuple(works)}
    for one in (*goods, *works):
        fields[f"prendre_{one.key}"] = BooleanField(one.label, default=one.taken)
        fields[f"quantite_{one.key}"] = decimal("Quantité facturée", 3, default=one.quantity)
        fields[f"prix_{one.key}"] = decimal("Prix unitaire", 4, default=one.cost)
        fields[f"montant_{one.key}"] = decimal("Montant", 2)
    made = type("MatchForm", (MatchForm,), fields)
    return cast("MatchForm", made(data={"version": str(version)}))


class FreeForm(GarageForm):
    """A free line and the orders that bear it; made with so many places for orders by `free_form`."""

    label = words("Libellé imprimé", 200, Chosen("Saisissez le libellé imprimé, par exemple Frais de port"))
    net = decimal("Montant", 2, Required("Saisissez le montant, par exemple 18,50"))
    deposit = SelectField("Consigne", validate_choice=False)
    reason = words("Motif, si aucun ordre ne la porte", 500)
    form_token = sent_once()
    places: int = 0

    def place(self, name: str, n: int) -> Field:
        """A field of a place: `ordre`, `ligne` or `part`."""
        return self[f"{name}_{n}"]

    @property
    def free(self) -> FreeLine:
        """What was typed."""
        targets = [
            Target(str(self.place("ordre", n).data).upper(), self.place("ligne", n).data, self.place("part", n).data)
            for n in range(1, self.places + 1)
            if self.place("ordre", n).data
        ]
        return FreeLine(
            str(self.label.data),
            self.net.data or Decimal(0),
            targets,
            self.reason.data or None,
            self.form_token.data,
            whole(str(self.deposit.data or "")),
        )

    def refuse(self, refusal: GarageError) -> None:
        """A refusal about an order beside the place that names it."""
        number = getattr(refusal, "order", None) or getattr(refusal, "number", None) or getattr(refusal, "key", "")
        for n in range(1, self.places + 1):
            field = self.place("ordre", n)
            typed = str(field.data or "").upper()
            if typed and typed == str(number).partition("/")[0]:
                field.errors = [*field.errors, sentence(refusal)]
                return
        super().refuse(refusal)


def free_form(places: int) -> FreeForm:
    """A form with places for so many orders."""
    fields: dict[str, Any] = {"places": places}
    for n in range(1, places + 1):
        fields[f"ordre_{n}"] = words("Numéro de l’ordre", 30)
        fields[f"ligne_{n}"] = IntegerFr("Ligne qui attend son coût", [Within(1, 999_999, _RANK)], message=_RANK)
        fields[f"part_{n}"] = decimal("Part", 3)
    return cast("FreeForm", type("FreeForm", (FreeForm,), fields)())


class AcceptForm(GarageForm):
    """The agreement to an invoice as it is shown, with the reasons that differences need; made by `accept_form`."""

    seen = hidden(64)
    lines: Mapping[int, str] = {}
    dearer: Mapping[int, str] = {}

    def reason(self, line_id: int) -> Field:
        """Why a line is accepted."""
        return self[f"motif_{line_id}"]

    @property
    def told(self) -> Told:
        """The reasons typed, and the lines that their orders bear."""
        reasons = {line: str(self.reason(line).data or "") for line in self.lines}
        return Told(reasons, [line for line in self.dearer if self.to_order(line).data])

    def to_order(self, line_id: int) -> Field:
        """Whether the order of a dearer line bears the difference."""
        return self[f"ordre_{line_id}"]

    def refuse(self, refusal: GarageError) -> None:
        """A missing reason beside its line."""
        if isinstance(refusal, GapUnexplained) and refusal.line_id in self.lines:
            field = self.reason(refusal.line_id)
            field.errors = [*field.errors, sentence(refusal)]
            return
        super().refuse(refusal)


def accept_form(
    lines: Mapping[int, str], known: Mapping[int, str], seen: str, dearer: Mapping[int, str] = MappingProxyType({})
) -> AcceptForm:
    """A form that asks why these lines (by id, with their words) are accepted; of dearer ones, if their order pays."""
    fields: dict[str, Any] = {"lines": dict(lines), "dearer": dict(dearer)}
    for line, label in dearer.items():
        fields[f"ordre_{line}"] = BooleanField(label)
    for line, label in lines.items():
        fields[f"motif_{line}"] = words(f"Motif pour « {label} »", 500, default=known.get(line, ""))
    return cast("AcceptForm", type("AcceptForm", (AcceptForm,), fields)(data={"seen": seen}))


class DisputeForm(GarageForm):
    """What is awaited of the supplier."""

    reason = words(
        "Ce qui est attendu du fournisseur", 500,
        Chosen("Indiquez ce qui est attendu, par exemple « un avoir de 12 € sur les filtres »"),
    )  # fmt: skip
    version = hidden(9)


class ResumeForm(GarageForm):
    """What the supplier answered."""

    reason = words("Réponse du fournisseur", 500, Chosen("Indiquez la réponse, par exemple « avoir A-118 reçu »"))
    version = hidden(9)
