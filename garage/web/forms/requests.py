"""The forms of requests: report a fault, ask for work, accept, refuse. Rules on what is typed are in the domain."""

from collections.abc import Callable
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TelField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from garage.domain.errors.base import GarageError
from garage.domain.errors.collectivities import NoConvention
from garage.domain.errors.repair_orders import VehicleOrObject
from garage.domain.errors.workshop import DayPassed
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.requests import LONGEST_WHAT, check_contact, read_phone, read_what
from garage.domain.users import read_email, read_name
from garage.french.labels import label
from garage.french.request_words import SIGNS
from garage.web.forms.entries import NearDay, longest, sent_once, words
from garage.web.forms.fields import GarageForm, choices

PICTURES: Final = {"accept": "image/jpeg,image/png,image/webp", "data-photo": ""}


_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200b": None, "\u200d": None, "\ufeff": None})


def _plain(text: str | None) -> str | None:
    """A telephone or a copied text brings spaces of its own: they are no fault."""
    return text.translate(_SPACES) if text else text


def _refused(check: Callable[[], object]) -> GarageError | None:
    try:
        check()
    except GarageError as refusal:
        return refusal
    return None


class ReportForm(GarageForm):
    """What happens to a vehicle, and how to answer whoever says so. `site` is for robots: people do not see it."""

    signs = SelectMultipleField("Cochez ce qui convient", choices=choices([(sign, sign) for sign in SIGNS]))
    what = TextAreaField("Et en quelques mots", longest(LONGEST_WHAT), filters=[_plain])
    urgent = BooleanField("Véhicule immobilisé : il ne peut pas rouler".replace(" :", "\u00a0:"))
    photo_1 = FileField("Photo", render_kw=PICTURES)
    photo_2 = FileField("Deuxième photo", render_kw=PICTURES)
    photo_3 = FileField("Troisième photo", render_kw=PICTURES)
    kept_photos = HiddenField(validators=longest(2000))
    drop_photos = BooleanField("Ne pas joindre les photos déjà envoyées")
    name = words("Votre nom", 200)
    email = EmailField("Adresse électronique", longest(254))
    phone = TelField("Téléphone", longest(40))
    site = words("Laissez ce champ vide", 200)
    form_token = sent_once()

    kept_count = 0

    def validate_site(self, field: Any) -> None:
        """A robot fills in whatever it finds; a person tricked by a helpful browser may send again."""
        if field.data:
            field.data, field.raw_data = "", []
            raise ValidationError(
                "L’envoi ressemble à celui d’un robot. Relisez votre demande, puis envoyez-la de nouveau"
            )

    def validate(self, extra_validators: Any = None) -> bool:
        """Everything that is wrong at once, in the words of the rules."""
        read = bool(super().validate(extra_validators=extra_validators))
        refusals = [refusal for check in self.checks() if (refusal := _refused(check))]
        for refusal in refusals:
            self.refuse(refusal)
        return read and not refusals

    def checks(self) -> list[Callable[[], object]]:
        """What the rules ask of what was typed."""
        email, phone = (self.email.data or "").strip(), (self.phone.data or "").strip()
        checks: list[Callable[[], object]] = [
            lambda: read_what(self.signs.data or [], self.what.data or ""),
            lambda: read_name(self.name.data or ""),
            lambda: check_contact(email, phone),
        ]
        checks += [lambda: read_email(email)] if email else []
        checks += [lambda: read_phone(phone)] if phone else []
        return checks

    @property
    def photos(self) -> tuple[FileField, ...]:
        """The three places for a photo."""
        return self.photo_1, self.photo_2, self.photo_3


class AskForm(ReportForm):
    """The same by an agent signed in: for one of their vehicles, or for an object in words."""

    vehicle = SelectField("Véhicule", validate_choice=False)
    object_label = words("Site ou objet", 200)

    def __init__(self, vehicles: list[tuple[str, str]], *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.offered = {"", *(value for value, _ in vehicles)}
        self.vehicle.choices = choices([("", "Aucun : un site ou un objet".replace(" :", "\u00a0:")), *vehicles])

    def checks(self) -> list[Callable[[], object]]:
        """A vehicle or an object besides."""
        return [self._check_thing, *super().checks()]

    def _check_thing(self) -> None:
        chosen, words = self.vehicle.data or "", (self.object_label.data or "").strip()
        if chosen not in self.offered or not (chosen or words):
            raise VehicleOrObject

    def refuse(self, refusal: GarageError) -> None:
        """A thing that is missing is typed, or chosen above."""
        super().refuse(refusal)
        if isinstance(refusal, VehicleOrObject):
            self.object_label.errors, self.vehicle.errors = self.vehicle.errors, []


class AcceptForm(GarageForm):
    """How a request becomes an order: a new one, or one that is open already."""

    order = RadioField("Ordre", validate_choice=False, default="")
    kind = SelectField("Nature", choices=choices([(kind.value, label(kind)) for kind in OrderKind]))
    state = RadioField(
        "État",
        choices=choices(
            [
                (OrderState.REQUESTED.value, "Demandé, à planifier"),
                (OrderState.PLANNED.value, "Planifié"),
                (OrderState.IN_PROGRESS.value, "En cours, le travail commence"),
            ]
        ),
        default=OrderState.REQUESTED.value,
    )
    promised_on = NearDay("Jour promis")
    service = words("Service", 200)
    engagement = words("Numéro d’engagement", 100)
    forced_reason = words("Motif pour passer outre", 500)
    form_token = sent_once()

    no_convention = False

    def refuse(self, refusal: GarageError) -> None:
        """Beside the field that one sees: the promised day, and the reason to go beyond."""
        self.no_convention = isinstance(refusal, NoConvention)
        super().refuse(refusal)
        if isinstance(refusal, DayPassed):
            self.promised_on.errors, self.form_errors = [*self.promised_on.errors, self.form_errors.pop()], []


class RefuseForm(GarageForm):
    """The answer of a refusal."""

    answer = TextAreaField("Réponse au demandeur", longest(1000), filters=[_plain])


class RequestFilters(Form):
    """The filter of the list, kept in its address."""

    etat = SelectField("État", validate_choice=False)
