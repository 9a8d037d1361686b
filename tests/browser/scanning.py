"""A garage whose labels are known, and films of codes for the fake camera of Chromium."""

import io
from pathlib import Path

import segno
from PIL import Image
from sqlalchemy import select

from garage.db.models.stock import Part, PartBarcode
from garage.db.session import Database
from tests.factories import garage as make

VEHICLE_TAG, PART_TAG, BARCODE = "7K3M9XQ2ABCD", "7K3M9XQ2PPPP", "3400930000014"


def populate(database: Database) -> None:
    """Labels of the part KJ/778-AB, which has a barcode, and of HC-001, a vehicle without order nor convention."""
    with database.transaction() as session:
        kit = session.scalars(select(Part).where(Part.reference == "KJ/778-AB")).one()
        kit.tag = PART_TAG
        session.add(PartBarcode(code=BARCODE, part_id=kit.id))
        owner = make.collectivity(session, "HORS", name="Syndicat sans convention aucune")
        van = make.vehicle(session, owner, "HC-001", registration="HC-001-HC", make="Iveco", model=None)
        van.tag = VEHICLE_TAG


def film(path: Path, content: str) -> Path:
    """A film of one QR code, as a label seen from a hand's distance: JPEG pictures one after the other."""
    out = io.BytesIO()
    segno.make_qr(content, error="q", boost_error=False).save(out, kind="png", scale=6, border=4)
    with Image.open(out) as code:
        picture = Image.new("RGB", (640, 480), "#9aa39f")
        picture.paste(code.convert("RGB"), ((640 - code.width) // 2, (480 - code.height) // 2))
    frame = io.BytesIO()
    picture.save(frame, "JPEG", quality=90)
    path.write_bytes(frame.getvalue() * 5)
    return path
