"""The forms of a collectivity and of a convention. Codes, Luhn and spans are the domain's."""

from datetime import timedelta
from typing import Any, Final

from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.validators import Regexp

from garage.domain.collectivities import Category, CollectivityKind, VatRegime
from garage.domain.errors.collectivities import ExemptUnconfirmed
from garage.french.collectivities import CATEGORIES, GOODS_TAXED, NATURES
from garage.french.labels import label
from garage.operations.collectivities import Binding, Identity
from garage.web.forms.entries import Within, decimal, hidden, longest, words
from garage.web.forms.fields import Chosen, DayFr, GarageForm, IntegerFr, Required, choices

_GOODS_TAXED: Final = "exempt_goods_taxed"


class CollectivityForm(GarageForm):
    """Who is billed and where (rule C1); `seen` is its fingerprint when the page was made."""

    code = words("Code", 20, Required("Saisissez un code, par exemple PENCRAN"))
    name = words("Nom", 200, Required("Saisissez le nom, par exemple Commune de Pencran"))
    kind = SelectField(
        "Nature",
        choices=choices([(kind.value, label(kind)) for kind in CollectivityKind]),
        default=CollectivityKind.COMMUNE.value,
    )
    siren = words("SIREN", 20)
    siret = words("SIRET", 30)
    insee_code = words("Code INSEE", 10)
    population = IntegerFr("Population", [Within(0, 10**8, "Saisissez un nombre d’habitants, par exemple 1 830")])
    address = TextAreaField("Adresse de facturation", longest(500))
    postal_code = words(
        "Code postal", 10, Regexp(r"([0-9]{5})?$", message="Saisissez cinq chiffres, par exemple 29800")
    )
    city = words("Ville", 200)
    emails = words("Adresses électroniques", 1000)
    code_service = words("Code service", 100)
    code_service_required = BooleanField("Le code service est obligatoire")
    engagement_required = BooleanField("Un numéro d’engagement est obligatoire")
    third_party_code = words("Code tiers", 50)
    tiers_category = SelectField(
        "Catégorie de tiers",
        choices=choices([("", "Selon la nature"), *((code, f"{code} – {text}") for code, text in CATEGORIES.items())]),
    )
    legal_nature = SelectField(
        "Nature juridique",
        choices=choices([("", "Selon la nature"), *((code, f"{code} – {text}") for code, text in NATURES.items())]),
    )
    is_issuer = BooleanField("C’est l’émetteur des factures")
    seen = hidden()

    def identity(self, code: str | None = None, *, issuer: bool = False) -> Identity:
        """What was typed; nothing typed is none."""
        typed: dict[str, Any] = {name: _or_none(field.data) for name, field in self._fields.items()}
        for name in ("csrf_token", "seen"):
            typed.pop(name, None)
        flags = {name: bool(typed[name]) for name in ("code_service_required", "engagement_required")}
        fixed = {"code": code or typed["code"], "kind": CollectivityKind(typed["kind"]), "is_issuer": issuer}
        return Identity(**typed | flags | fixed)


def _or_none(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return "\n".join(line.strip() for line in value.strip().splitlines()) or None


class ConventionForm(GarageForm):
    """A convention over whole days, both ends included; `seen` is its fingerprint when the page was made."""

    starts_on = DayFr("Premier jour", [Required("Saisissez le premier jour, par exemple 01/01/2027")])
    ends_on = DayFr("Dernier jour")
    replaces = BooleanField("Terminer la veille la convention en cours ce jour-là")
    category = RadioField("Catégorie", [Chosen("Choisissez la catégorie")])
    regime = RadioField("TVA", [Chosen("Choisissez le régime de TVA")])
    confirmed = BooleanField("J’ai lu l’avertissement sur l’exonération")
    structure_fee = BooleanField("Les frais de structure s’appliquent", default=True)
    reference = words("Référence", 200)
    legal_basis = words("Fondement juridique", 200)
    signed_on = DayFr("Signée le")
    forecast_hours = decimal("Prévision d’usage, en heures", 2)
    ceiling = decimal("Plafond, en euros", 2)
    notice_months = IntegerFr("Préavis, en mois", [Within(0, 120, "Saisissez un nombre de mois, par exemple 6")])
    seen = hidden()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.category.choices = choices([(one.value, label(one)) for one in Category])
        regimes = [(one.value, label(one)) for one in VatRegime]
        self.regime.choices = choices([*regimes[:2], (_GOODS_TAXED, GOODS_TAXED), *regimes[2:]])

    def validate(self, extra_validators: Any = None) -> bool:
        """It ends on its first day at the earliest, and an amount is not below zero."""
        valid = bool(super().validate(extra_validators=extra_validators))
        first, last = self.starts_on.data, self.ends_on.data
        if first and last and last < first:
            self.ends_on.errors = [*self.ends_on.errors, "Le dernier jour est avant le premier"]
        for field in (self.forecast_hours, self.ceiling):
            if field.data is not None and field.data < 0:
                field.errors = [*field.errors, "Saisissez un nombre plus grand que zéro, ou rien"]
        return valid and not self.errors

    @property
    def binding(self) -> Binding:
        """What was typed. Raises ExemptUnconfirmed (rule M6)."""
        goods = self.regime.data == _GOODS_TAXED
        regime = VatRegime.EXEMPT if goods else VatRegime(self.regime.data)
        if regime is VatRegime.EXEMPT and not self.confirmed.data:
            raise ExemptUnconfirmed
        return Binding(
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data + timedelta(days=1) if self.ends_on.data else None,
            category=Category(self.category.data),
            regime=regime,
            structure_fee=bool(self.structure_fee.data),
            legal_basis=self.legal_basis.data or None,
            reference=self.reference.data or None,
            signed_on=self.signed_on.data,
            forecast_hours=self.forecast_hours.data,
            goods_taxed=goods,
            ceiling=self.ceiling.data,
            notice_months=self.notice_months.data,
        )


def shown(binding: Binding) -> dict[str, Any]:
    """A convention as its form shows it; an exempt one was confirmed when it was made."""
    exempt = binding.regime is VatRegime.EXEMPT
    return {
        **{name: getattr(binding, name) for name in (
            "starts_on", "structure_fee", "reference", "legal_basis", "signed_on", "forecast_hours", "ceiling",
            "notice_months",
        )},
        "ends_on": binding.ends_on - timedelta(days=1) if binding.ends_on else None,
        "category": binding.category.value,
        "regime": _GOODS_TAXED if binding.goods_taxed else binding.regime.value,
        "confirmed": exempt,
    }  # fmt: skip
