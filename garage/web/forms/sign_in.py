"""The sign-in form."""

from wtforms import BooleanField, EmailField, HiddenField, PasswordField

from garage.web.forms.fields import GarageForm, Required


class SignInForm(GarageForm):
    """Address, password, and where to go afterwards."""

    email = EmailField(
        "Adresse électronique", [Required("Saisissez votre adresse électronique, par exemple nom@exemple.fr")]
    )
    password = PasswordField("Mot de passe", [Required("Saisissez votre mot de passe")])
    stay = BooleanField("Rester connecté sur cet appareil")
    next = HiddenField()
