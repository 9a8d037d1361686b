"""The forms of questions and of a bill sent by e-mail. Rules on what is typed are in the domain."""

from typing import Any

from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from garage.domain.questions import LONGEST
from garage.web.forms.entries import Shown, sent_once
from garage.web.forms.fields import GarageForm


class _Words(TextAreaField):
    """A few lines; the widget tells how many letters fit."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, [Shown()], render_kw={"maxlength": LONGEST}, **options)


class QuestionForm(GarageForm):
    """A question on a line."""

    question = _Words("Votre question")
    form_token = sent_once()


class AnswerForm(GarageForm):
    """Its answer."""

    answer = _Words("Votre réponse")


class SendForm(GarageForm):
    """A bill to be sent: which copy it is, as the page said."""

    copy = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class SendingFilters(GarageForm):
    """Which sendings to list; an empty choice is all of them."""

    etat = SelectField("État", validate_choice=False)
