"""The bundle as one zip, the same bytes each time: fixed order, one date, nothing compressed (rule B11)."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from typing import IO

_FILE, _ATTRIBUTES = 0o100644, 16


def pack(target: IO[bytes], made_on: date, files: Iterable[tuple[str, bytes]]) -> None:
    """Write the files in this order, each dated the day of the export at midnight."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name, content in files:
            about = zipfile.ZipInfo(name, (made_on.year, made_on.month, made_on.day, 0, 0, 0))
            about.create_system, about.external_attr = 3, _FILE << _ATTRIBUTES
            packed.writestr(about, content)


def packed(made_on: date, files: Iterable[tuple[str, bytes]]) -> bytes:
    """The same as bytes: a zip to be put into another."""
    target = io.BytesIO()
    pack(target, made_on, files)
    return target.getvalue()
