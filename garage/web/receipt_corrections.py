"""A line of a delivery typed wrong: what undoing it makes, why, and the act (rules S2, S3)."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from garage.db.queries import goods_receipts as queries
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.permissions import Permission
from garage.french.refusals import sentence
from garage.operations import receipt_corrections
from garage.operations.receipt_corrections import Undoing
from garage.web.access import allow
from garage.web.context import options, reading, transaction
from garage.web.forms.store import UndoReceiptForm
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.reorder import by

blueprint = Blueprint("receipt_corrections", __name__, url_prefix="/receptions/lignes")


@blueprint.route("/<int(max=2147483647):line_id>/annuler", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def undo(line_id: int) -> ResponseReturnValue:
    """What it would make, or why it cannot be; sent again, it was undone already."""
    form = UndoReceiptForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                receipt_corrections.undo(session, line_id, form.reason.data or "", by())
            done("Ligne annulée\u00a0: la livraison se saisit de nouveau")
            return redirect(url_for("goods_receipts.index"), 303)
        except NotFound:
            done("Cette ligne était déjà annulée")
            return redirect(url_for("goods_receipts.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    made: Undoing | None = None
    refused = ""
    with reading() as session:
        line = queries.line(session, line_id)
        receipt = queries.receipt(session, line.receipt_id)
        try:
            made = receipt_corrections.look(session, line_id)
        except GarageError as refusal:
            refused = sentence(refusal)
    return form_page(
        "goods_receipts/undo.html", form, line=line, receipt=receipt, made=made, refused=refused,
        basis=options().cost_basis,
    )  # fmt: skip
