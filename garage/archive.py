"""The only writer and reader of the folder of bills and frozen valuations: written once, never over (rule B9)."""

import errno
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from garage.domain.errors.invoices import FileDiffers
from garage.domain.periods import Quarter

_LEFT_BEHIND = re.compile(r"\.[A-Za-z0-9~+_-]+\.[a-z0-9_]+\.part")


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in the folder: path relative to it with forward slashes, SHA-256 in hexadecimal, size in bytes."""

    path: str
    sha256: str
    size: int


def bill_path(quarter: Quarter, number: str, code: str) -> str:
    """Where a bill lies: quarter billed, number, collectivity's code in lower case (rule B9); no number holds a tilde.

    >>> bill_path(Quarter(2026, 3), "F2026-0001", "PENCRAN")
    '2026/T3/F2026-0001-pencran.pdf'
    >>> bill_path(Quarter(2026, 3), "GM/F2026/0001", "PENCRAN")
    '2026/T3/GM~F2026~0001-pencran.pdf'
    """
    return f"{quarter.year:04d}/T{quarter.number}/{number.replace('/', '~')}-{code.lower()}.pdf"


class Archive:
    """The invoices folder of one garage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def store(self, path: str, content: bytes) -> ArchivedFile:
        """Write a file whole or not at all, flushed to disk; the same bytes already there are left alone.

        Raises FileDiffers when other bytes lie there, OSError when the disk refuses.
        """
        archived = ArchivedFile(path, hashlib.sha256(content).hexdigest(), len(content))
        final = self.folder / path
        final.parent.mkdir(parents=True, exist_ok=True)
        if self._is_there(final, archived):
            return archived
        handle, name = tempfile.mkstemp(prefix=f".{final.stem}.", suffix=".part", dir=final.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            _give_name(part, final)
        finally:
            part.unlink(missing_ok=True)
        self._is_there(final, archived)
        _flush_folder(final.parent)
        return archived

    def _is_there(self, final: Path, archived: ArchivedFile) -> bool:
        try:
            present = hashlib.sha256(final.read_bytes()).hexdigest()
        except FileNotFoundError:
            return False
        if present != archived.sha256:
            raise FileDiffers(final.stem, archived.path)
        return True

    def read(self, archived: ArchivedFile, number: str) -> bytes:
        """The bytes as they were issued. Raises FileNotFoundError, FileDiffers when they changed (rule B9)."""
        content = (self.folder / archived.path).read_bytes()
        if hashlib.sha256(content).hexdigest() != archived.sha256:
            raise FileDiffers(number, archived.path)
        return content

    def sweep(self, older_than: float) -> int:
        """Take away what killed writers left behind before this instant (seconds since 1970); returns how many."""
        swept = 0
        for part in self.folder.glob("*/*/.*.part"):
            with suppress(FileNotFoundError):
                if _LEFT_BEHIND.fullmatch(part.name) and part.stat().st_mtime < older_than:
                    part.unlink()
                    swept += 1
        return swept


def _give_name(part: Path, final: Path) -> None:
    """A hard link never overwrites; a share that has none gets a rename, after the look that `store` just took."""
    try:
        final.hardlink_to(part)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        part.rename(final)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
