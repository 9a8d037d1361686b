"""The addresses of counts of the stock. What answers them lives in the modules named count_…"""

from flask import Blueprint

from garage.web import count_check, count_entry, count_list, count_sheet

blueprint = Blueprint("counts", __name__, url_prefix="/inventaires")

_BOTH = ("GET", "POST")
_POST = ("POST",)
_ONE = "/<int(max=2147483647):count_id>"
_PLACE = "<int(max=2147483647):part_id>/<int(max=2147483647):bin_id>"
_add = blueprint.add_url_rule

_add("", "index", count_list.index)
_add("/export.csv", "list_table", count_list.table)
_add("/nouveau", "new", count_list.new, methods=_BOTH)
_add("/tournant", "due", count_list.due)
_add("/tournant.csv", "due_table", count_list.due_table)
_add(_ONE, "show", count_list.show)
_add(f"{_ONE}/feuille.pdf", "sheet", count_sheet.paper)
_add(f"{_ONE}/feuille.csv", "table", count_sheet.table)
_add(f"{_ONE}/resultat.csv", "result", count_sheet.result)
_add(f"{_ONE}/proces-verbal.pdf", "minutes", count_sheet.minutes)
_add(f"{_ONE}/compter", "scan", count_entry.scan)
_add(f"{_ONE}/compter/{_PLACE}", "enter", count_entry.enter, methods=_BOTH)
_add(f"{_ONE}/fichier", "file", count_entry.file, methods=_BOTH)
_add(f"{_ONE}/terminer", "hand_over", count_entry.hand_over, methods=_POST)
_add(f"{_ONE}/approuver", "approve", count_check.approve, methods=_BOTH)
_add(f"{_ONE}/renvoyer", "send_back", count_check.send_back, methods=_POST)
_add(f"{_ONE}/lignes/<int(max=2147483647):line_id>/recompter", "count_again", count_check.count_again, methods=_POST)
_add(f"{_ONE}/abandonner", "cancel", count_check.cancel, methods=_BOTH)
