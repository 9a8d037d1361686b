"""The addresses of suppliers' invoices. What answers them lives in the modules named supplier_invoice_…"""

from flask import Blueprint

from garage.web import supplier_invoice_check, supplier_invoice_heads, supplier_invoice_lines

blueprint = Blueprint("supplier_invoices", __name__, url_prefix="/factures-fournisseurs")

_BOTH = ("GET", "POST")
_ONE = "/<int(max=2147483647):invoice_id>"
_add = blueprint.add_url_rule

_add("", "index", supplier_invoice_heads.index)
_add("/export.csv", "table", supplier_invoice_heads.table)
_add("/nouvelle", "new", supplier_invoice_heads.new, methods=_BOTH)
_add(_ONE, "show", supplier_invoice_check.show)
_add(f"{_ONE}/photo", "photo", supplier_invoice_heads.photo)
_add(f"{_ONE}/modifier", "change", supplier_invoice_heads.change, methods=_BOTH)
_add(f"{_ONE}/retirer", "withdraw", supplier_invoice_heads.withdraw, methods=("POST",))
_add(f"{_ONE}/rapprocher", "match", supplier_invoice_lines.match, methods=_BOTH)
_add(f"{_ONE}/ligne", "free", supplier_invoice_lines.free, methods=_BOTH)
_add(f"{_ONE}/lignes/<int(max=2147483647):line_id>/retirer", "remove", supplier_invoice_lines.remove, methods=("POST",))
_add(f"{_ONE}/accepter", "accept", supplier_invoice_check.accept, methods=_BOTH)
_add(f"{_ONE}/litige", "dispute", supplier_invoice_check.dispute, methods=_BOTH)
_add(f"{_ONE}/litige/lever", "resume", supplier_invoice_check.resume, methods=_BOTH)
