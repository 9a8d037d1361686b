"""Whether the application is alive and its database answers. Tells nothing else."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from garage.web.access import public
from garage.web.context import reading

blueprint = Blueprint("health", __name__)


@blueprint.get("/sante")
@public
def health() -> ResponseReturnValue:
    """200 when the database answers, 503 otherwise."""
    try:
        with reading() as session:
            session.execute(select(1))
    except SQLAlchemyError:
        return jsonify(etat="base indisponible"), 503
    return jsonify(etat="ok")
