"""The addresses of requests. What answers them lives in the modules named request_…"""

from flask import Blueprint

from garage.web import request_answers, request_pages, request_reports

blueprint = Blueprint("requests", __name__)

_BOTH = ("GET", "POST")
_PHOTO = "photos/<int(max=2147483647):photo_id>.jpg"
_add = blueprint.add_url_rule

_add("/signaler/<tag>", "report", request_reports.report, methods=_BOTH)
_add("/suivi/<token>", "follow", request_reports.follow)
_add("/suivi/<token>/envoyee", "received", request_reports.received)
_add(f"/suivi/<token>/{_PHOTO}", "follow_photo", request_reports.follow_photo)
_add("/demandes", "index", request_pages.index)
_add("/demandes/nouvelle", "ask", request_reports.ask, methods=_BOTH)
_add("/demandes/<number>", "show", request_pages.show)
_add(f"/demandes/<number>/{_PHOTO}", "photo", request_pages.photo)
_add("/demandes/<number>/accepter", "accept", request_answers.accept, methods=_BOTH)
_add("/demandes/<number>/refuser", "refuse", request_answers.refuse, methods=_BOTH)
_add("/demandes/<number>/remettre", "reopen", request_answers.reopen, methods=("POST",))
