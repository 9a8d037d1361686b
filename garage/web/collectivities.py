"""Collectivities and their conventions, kept by accounting (rules C1 to C4)."""

from flask import Blueprint

blueprint = Blueprint("collectivities", __name__, url_prefix="/communes")
