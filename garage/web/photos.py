"""The photos' bytes, to those who may see the order or the request they show."""

from pathlib import Path

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from garage.db.queries import order_records as queries
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Permission
from garage.web.access import allow, person
from garage.web.context import options, reading

blueprint = Blueprint("photos", __name__, url_prefix="/photos")
_DAY = 24 * 3600


@blueprint.get("/<int(max=999999999):photo_id>")
@allow(Permission.READ_ORDERS)
def show(photo_id: int) -> ResponseReturnValue:
    """A photo as it was kept."""
    return _sent(photo_id, options().photos.path(_content(photo_id)))


@blueprint.get("/<int(max=999999999):photo_id>/vignette")
@allow(Permission.READ_ORDERS)
def thumbnail(photo_id: int) -> ResponseReturnValue:
    """Its small twin."""
    return _sent(photo_id, options().photos.thumbnail(_content(photo_id)))


def _content(photo_id: int) -> str:
    """The content of a photo this person may see; of a request that is no order yet, the head alone."""
    with reading() as session:
        row = queries.photo(session, photo_id)
    if row.request_id is not None and row.became is None and not person().may(Permission.CHECK_ORDERS):
        raise NotFound("photo", str(photo_id))
    return str(row.sha256)


def _sent(photo_id: int, path: Path) -> ResponseReturnValue:
    if not path.is_file():
        raise NotFound("photo", str(photo_id))
    response = send_file(path.resolve(), mimetype="image/jpeg", conditional=True, etag=path.stem)
    response.headers["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    return response
