"""The file that comes back of the finance application: sent, checked on a page, then recorded once (rule B11)."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import recovery as queries
from garage.db.queries import recovery_returns as kept
from garage.db.queries.paging import every
from garage.db.queries.recovery import RecoveryFilter
from garage.domain.errors.base import GarageError
from garage.domain.errors.recovery import ReturnApplied
from garage.domain.permissions import Permission
from garage.french import importing
from garage.operations import recovery_return
from garage.operations.recovery import By
from garage.operations.recovery_return import COLUMNS, Reading
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.recovery import RecordForm, ReturnForm
from garage.web.htmx import form_page
from garage.web.notices import done

_MOST_SHOWN: Final = 200
_BATCH: Final = 500


@allow(Permission.ISSUE_INVOICES)
def returns() -> ResponseReturnValue:
    """Send a file: its faults are told at once, all of them; a file without any is kept for its check page."""
    form = ReturnForm()
    found: Reading | None = None
    return_id = 0
    if form.validate_on_submit():
        sent = request.files.get("file")
        content = sent.read() if sent else b""
        with transaction() as session:
            found = recovery_return.read(session, content, clock.today())
            if not found.faults:
                name = paging.words(PurePath(sent.filename or "").name if sent else "") or "retour.csv"
                return_id = recovery_return.keep(session, name, content, _by())
        if not found.faults:
            return redirect(url_for("recovery.one_return", return_id=return_id), 303)
        form.file.errors = [
            f"Rien n’est enregistré : {_count(found)} à corriger dans le fichier, puis envoyez-le de nouveau"
        ]
    with reading() as session:
        latest = kept.latest(session)
    return form_page(
        "recovery/returns.html", form, found=found, latest=latest, located=importing.located, most=_MOST_SHOWN
    )


def _count(found: Reading) -> str:
    return importing.number(len(found.faults), "erreur", "erreurs")


def _by() -> By:
    return By(actor(), clock.now(), clock.today())


@allow(Permission.ISSUE_INVOICES)
def one_return(return_id: int) -> ResponseReturnValue:
    """What a file would write, to be agreed to; afterwards, what it wrote."""
    form = RecordForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                written = recovery_return.apply(session, return_id, _by())
            done(_said(written))
            return redirect(url_for("recovery.one_return", return_id=return_id), 303)
        except ReturnApplied:
            return redirect(url_for("recovery.one_return", return_id=return_id), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    with reading() as session:
        row = kept.one(session, return_id)
        found = recovery_return.read(session, row.content, clock.today()) if row.applied_at is None else None
    return form_page("recovery/return.html", form, row=row, found=found, located=importing.located, most=_MOST_SHOWN)


def _said(written: Reading) -> str:
    return (
        f"Retour enregistré : {importing.number(len(written.titres), 'titre', 'titres')} et "
        f"{importing.number(len(written.payments), 'paiement', 'paiements')}"
    ).replace(" :", "\u00a0:")


@allow(Permission.ISSUE_INVOICES)
def to_fill() -> ResponseReturnValue:
    """The bills without a titre or with something due, one line each, under the heads that the return is read by."""
    header = (*COLUMNS, "collectivite", "montant", "reste_a_payer")
    return csv_response(f"retour-a-completer_{clock.today().isoformat()}.csv", header, _lines())


def _lines() -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, RecoveryFilter(), key, _BATCH)):
            for bill in queries.shown(page):
                if bill.position.due:
                    titre = (bill.titre, bill.titre_year, bill.bordereau, bill.titled_on)
                    yield (
                        bill.number,
                        *titre,
                        None,
                        None,
                        None,
                        None,
                        bill.name,
                        bill.position.gross,
                        bill.position.due,
                    )
