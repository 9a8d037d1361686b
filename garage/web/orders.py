"""The addresses of repair orders. What answers them lives in the modules named order_…"""

from flask import Blueprint

from garage.web import (
    order_check,
    order_debtors,
    order_heads,
    order_lines,
    order_list,
    order_opening,
    order_paper,
    order_parts,
    order_progress,
    order_room,
    order_works,
    quick_repair,
)

blueprint = Blueprint("orders", __name__, url_prefix="/ordres")

_BOTH = ("GET", "POST")
_add = blueprint.add_url_rule

_add("/", "index", order_list.index)
_add("/export.csv", "table", order_list.table)
_add("/nouveau", "new", order_opening.new, methods=_BOTH)
_add("/<number>", "show", order_room.show)
_add("/<number>/etat/<slug>", "move", order_progress.move, methods=_BOTH)
_add("/<number>/terminer", "finish", order_progress.finish)
_add("/<number>/modifier", "change", order_heads.change, methods=_BOTH)
_add("/<number>/lignes/<int(max=999999):rank>/cout", "cost", order_heads.cost, methods=_BOTH)
_add("/<number>/debiteur", "debtor", order_debtors.debtor, methods=_BOTH)
_add("/<number>/lignes/<int(max=999999):rank>/corriger", "correct_line", order_debtors.correct_line, methods=_BOTH)
_add("/factures-attendues", "expected", order_heads.expected)
_add("/rapide", "quick", quick_repair.quick, methods=_BOTH)
_add("/<number>/controle", "check", order_check.check, methods=_BOTH)
_add("/vues", "save_view", order_list.save_view, methods=_BOTH)
_add("/vues/retirer", "drop_view", order_list.drop_view, methods=("POST",))
_add("/imprimer", "papers", order_paper.papers)
_add("/<number>/imprimer", "paper", order_paper.paper)
_add("/controle", "check_several", order_check.check_several, methods=("POST",))
_add("/renvoi", "send_back_several", order_check.send_back_several, methods=("POST",))
_add("/<number>/solder", "settle", order_progress.settle, methods=_BOTH)
_add("/<number>/temps", "add_labour", order_lines.add_labour, methods=_BOTH)
_add("/<number>/forfait", "add_flat", order_lines.add_flat, methods=_BOTH)
_add("/<number>/travail-externe", "add_external", order_lines.add_external, methods=_BOTH)
_add("/<number>/travaux", "works", order_works.choose)
_add("/<number>/travaux/<int(max=999999):rank>", "work", order_works.show)
_add("/<number>/lignes/<int(max=999999):rank>", "line", order_room.line)
_add("/<number>/pieces", "parts", order_parts.parts)
_add("/<number>/piece-achetee", "add_bought", order_parts.add_bought, methods=_BOTH)
_add("/<number>/pieces/<path:reference>", "add_part", order_parts.add_part, methods=_BOTH)
_add("/<number>/lignes/<int(max=999999):rank>/retirer", "remove_line", order_lines.remove_line, methods=("POST",))
