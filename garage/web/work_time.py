"""The addresses of time spent. What answers them lives in my_times and time_board."""

from flask import Blueprint

from garage.web import my_times, time_board

blueprint = Blueprint("work_time", __name__)

_add = blueprint.add_url_rule

_add("/temps", "index", my_times.index)
_add("/temps/ajouter", "new", my_times.new)
_add("/temps/bilan", "balance", my_times.balance)
_add("/temps/<int(max=9999999):key>", "segment", my_times.segment)
_add("/temps/atelier", "board", time_board.board)
_add("/temps/<int(max=9999999):key>/arreter", "stop", time_board.stop)
_add("/temps/releve", "report", time_board.report)
_add("/temps/releve.csv", "report_csv", time_board.report_csv)
