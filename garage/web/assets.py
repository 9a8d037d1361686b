"""Static files: served by WhiteNoise under one digest of them all, compressed once, cached for ever.

One digest for the whole tree keeps the relative addresses of the style sheet right; any change renews them all.
"""

import atexit
import gzip
import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

STATIC = Path(__file__).resolve().parent / "static"
_COMPRESSED = {".css", ".js", ".svg", ".txt", ".toml", ".wasm"}


def static_url(path: str) -> str:
    """The address of a file of garage/web/static; a name that is not there is a fault of the template."""
    if path not in _files():
        raise LookupError(f"no static file {path}")
    return f"/static/{_digest()}/{path}"


def serve(app: Flask) -> None:
    """Put WhiteNoise in front of the application."""
    front = WhiteNoise(
        app.wsgi_app,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=_headers,
    )
    front.add_files(str(_prepared()), prefix=f"/static/{_digest()}/")  # type: ignore[no-untyped-call]
    app.wsgi_app = front  # type: ignore[method-assign]


def _headers(headers: object, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
    headers["Cross-Origin-Resource-Policy"] = "same-origin"  # type: ignore[index]


@cache
def _files() -> dict[str, bytes]:
    return {p.relative_to(STATIC).as_posix(): p.read_bytes() for p in sorted(STATIC.rglob("*")) if p.is_file()}


@cache
def _digest() -> str:
    whole = hashlib.sha256()
    for name, content in _files().items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()[:12]


@cache
def _prepared() -> Path:
    """A private copy of the files with their compressed twins, once per process, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="garage-static-"))
    atexit.register(_remove, folder, os.getpid())
    for name, content in _files().items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if target.suffix in _COMPRESSED:
            target.with_name(target.name + ".gz").write_bytes(gzip.compress(content, mtime=0))
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked worker ends before the others
        shutil.rmtree(folder, ignore_errors=True)
