"""The journal on screen: who did what, when, the latest first."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from wtforms import SelectField, StringField

from garage.db.queries import journal
from garage.domain.permissions import Permission
from garage.french import journal as words
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.forms.fields import GarageForm, choices

blueprint = Blueprint("journal", __name__, url_prefix="/journal")
_PAGE = 50


class _Filters(GarageForm):
    objet = SelectField("Objet", validate_choice=False)
    nom = StringField("Numéro ou nom de l’objet")
    personne = StringField("Personne")


@blueprint.get("")
@allow(Permission.READ_JOURNAL)
def index() -> str:
    """Acts, filtered by kind of thing, its name, and person; page by page."""
    asked = {name: paging.words(request.args.get(name)) for name in ("objet", "nom", "personne")}
    _, subjects = words.SUBJECTS.get(asked["objet"], ("", ()))
    with reading() as session:
        rows = journal.page(
            session,
            _PAGE + 1,
            paging.whole(request.args.get("avant")),
            subjects=subjects,
            key=asked["nom"],
            actor=asked["personne"],
        )
    return render_template(
        "journal/index.html",
        rows=rows[:_PAGE],
        older=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        filters=_filters(),
        kept={name: value or None for name, value in asked.items()},
        chips=_chips(asked),
        sentence=words.sentence,
    )


def _filters() -> _Filters:
    form = _Filters(request.args, meta={"csrf": False})
    form.objet.choices = choices([("", "Tous"), *((name, text) for name, (text, _) in words.SUBJECTS.items())])
    return form


def _chips(asked: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force, each with the address without it."""
    chips: list[tuple[str, str]] = []
    for name, value in asked.items():
        if value:
            text = words.SUBJECTS[value][0] if name == "objet" and value in words.SUBJECTS else value
            rest: dict[str, Any] = {other: kept or None for other, kept in asked.items() if other != name}
            chips.append((text, url_for("journal.index", **rest)))
    return chips
