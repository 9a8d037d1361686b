"""The forms of devices, PINs and badges. Rules on names and PINs are in the domain."""

from typing import Any

from wtforms import PasswordField, RadioField, SearchField
from wtforms.validators import Length

from garage.domain.devices import DeviceKind
from garage.domain.errors.devices import PinsDiffer
from garage.web.forms.entries import words
from garage.web.forms.fields import GarageForm, IntegerFr, Required, choices

_FOUR = "Saisissez 4 chiffres, par exemple 4071"
_KINDS = (
    (DeviceKind.TABLET.value, "Tablette partagée : chacun y touche son nom, puis tape son code ou passe son badge"),
    (DeviceKind.SCREEN.value, "Écran mural : il montre le planning de l’atelier, sans rien d’autre"),
)


class DeviceForm(GarageForm):
    """The name of a device."""

    name = words("Nom de l’appareil", 100, Required("Saisissez le nom, par exemple Tablette du pont 1"))


class NewDeviceForm(DeviceForm):
    """A device about to be shared: its name and what it is for."""

    kind = RadioField("Usage", choices=choices(_KINDS), default=DeviceKind.TABLET.value)


class WaitingForm(GarageForm):
    """What a device says it keeps to send."""

    attente = IntegerFr("Saisies à envoyer", message="Nombre attendu")


class EmptyForm(GarageForm):
    """A button that cannot be undone: nothing but its token."""


class SearchForm(GarageForm):
    """A search among the names of the workshop."""

    q = SearchField("Nom")


class PinForm(GarageForm):
    """The PIN of whoever was named."""

    pin = PasswordField("Code à 4 chiffres", [Required("Tapez votre code à 4 chiffres"), Length(max=20, message=_FOUR)])


class BadgeForm(GarageForm):
    """What a scanner typed."""

    badge = PasswordField("Badge", [Required("Passez votre badge devant le lecteur"), Length(max=200)])


class GivenPinForm(GarageForm):
    """A new PIN, typed twice."""

    pin = PasswordField("Nouveau code", [Required(_FOUR)])
    again = PasswordField("Nouveau code, une deuxième fois", [Required("Saisissez le nouveau code une deuxième fois")])

    def validate(self, extra_validators: Any = None) -> bool:
        """Both are the same; the rules say whether it is a good one."""
        good = bool(super().validate(extra_validators))
        if good and self.pin.data != self.again.data:
            self.refuse(PinsDiffer())
            return False
        return good


class OwnPinForm(GivenPinForm):
    """A new PIN of one's own, with the password or the present PIN."""

    current = PasswordField("Mot de passe ou code actuel", [Required("Saisissez votre mot de passe ou votre code")])
