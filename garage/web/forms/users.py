"""The form of a person. Rules on addresses and passwords are in the domain."""

from typing import Any

from wtforms import BooleanField, EmailField, PasswordField, SelectField

from garage.domain.permissions import Role
from garage.french.labels import label
from garage.web.forms.fields import Chosen, GarageForm, Required, TextField, choices


class PersonForm(GarageForm):
    """A person's name, address, role and collectivity; the password is asked for a new person only."""

    name = TextField("Nom", [Required("Saisissez le nom, par exemple Camille Le Goff")])
    email = EmailField(
        "Adresse électronique", [Required("Saisissez l’adresse électronique, par exemple nom@exemple.fr")]
    )
    role = SelectField(
        "Rôle",
        [Chosen("Choisissez le rôle")],
        choices=choices([("", "Choisir un rôle"), *((role.value, label(role)) for role in Role)]),
    )
    collectivity = SelectField(
        "Collectivité",
        description="Pour un agent d’une collectivité seulement : il ne verra qu’elle.",
        validate_choice=True,
    )
    password = PasswordField("Mot de passe")
    active = BooleanField("Compte actif", default=True)

    def __init__(self, bodies: list[tuple[int, str]], *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.collectivity.choices = choices([("", "Aucune"), *bodies])

    @property
    def collectivity_id(self) -> int | None:
        """The collectivity chosen, if one is."""
        return int(self.collectivity.data) if self.collectivity.data else None
