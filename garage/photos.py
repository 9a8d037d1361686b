"""The only writer and reader of the photos' files: kept once per content, upright, reduced, without what they tell."""

import hashlib
import io
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from garage.domain.errors.workshop import BadPhoto, PhotoNotKept

LARGEST: Final = 1600
THUMBNAIL: Final = 320
_LOG = logging.getLogger(__name__)
_PIXELS: Final = 80_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo on disk: SHA-256 of its bytes, width and height in pixels, size in bytes."""

    sha256: str
    width: int
    height: int
    size: int


class PhotoStore:
    """Photos in a folder, each with a thumbnail, named after their content: writing one twice changes nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes) -> Kept:
        """Keep a photo as JPEG of at most 1 600 pixels, turned upright, without place or device in it.

        Raises BadPhoto for anything that is not a JPEG, PNG or WebP picture, or is absurdly large; PhotoNotKept when
        the folder takes nothing.
        """
        picture = _read(content)
        body = _jpeg(picture, LARGEST, quality=80)
        digest = hashlib.sha256(body).hexdigest()
        try:
            self._write(self.path(digest), body)
            self._write(self.thumbnail(digest), _jpeg(picture, THUMBNAIL, quality=70))
        except OSError as failure:
            _LOG.exception("the folder of the photos takes nothing")
            raise PhotoNotKept from failure
        return self.kept(digest)

    def kept(self, sha256: str) -> Kept:
        """What is known of a photo on disk. Raises FileNotFoundError."""
        path = self.path(sha256)
        with Image.open(path) as picture:
            return Kept(sha256, picture.width, picture.height, path.stat().st_size)

    def path(self, sha256: str) -> Path:
        """Where a photo lies."""
        return self.folder / sha256[:2] / f"{sha256}.jpg"

    def thumbnail(self, sha256: str) -> Path:
        """Where its small twin lies."""
        return self.folder / sha256[:2] / f"{sha256}-320.jpg"

    def _write(self, path: Path, body: bytes) -> None:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _read(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _PIXELS:
                raise BadPhoto
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadPhoto from None


def _jpeg(picture: Image.Image, largest: int, quality: int) -> bytes:
    small = picture.copy()
    small.thumbnail((largest, largest))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
