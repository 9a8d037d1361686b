"""Fetch again the third-party files of garage/web/static from their npm packages, and build the icon sprite.

Reads and rewrites the manifest garage/web/static/vendor/vendor.toml. Needs `npm` (only here; users need none).

    python tools/vendor_assets.py            download, build, write the hashes
    python tools/vendor_assets.py --check    download, build, compare with what is committed
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "garage" / "web" / "static"
MANIFEST = STATIC / "vendor" / "vendor.toml"

HEADER = """\
# Third-party files shipped with the application. Written by tools/vendor_assets.py: to change a version or an icon,
# edit the name or version here and run it. tests/web/test_vendor.py compares every hash.
"""


@dataclass(frozen=True)
class Asset:
    """One committed file and where it comes from. `source` is a path in the package; empty for the sprite."""

    name: str
    version: str
    licence: str
    package: str
    source: str
    file: str
    sha256: str


def read_manifest() -> tuple[list[Asset], list[str]]:
    """The assets and the names of the icons of the sprite."""
    content = tomllib.loads(MANIFEST.read_text("utf-8"))
    return [Asset(**entry) for entry in content["asset"]], content["icons"]


def download(package: str, version: str, folder: Path) -> dict[str, bytes]:
    """Every file of an npm package, by path, without running anything of it."""
    packed = subprocess.run(  # noqa: S603
        ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    files: dict[str, bytes] = {}
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name.removeprefix("package/")] = content.read()
    return files


def sprite(icons: list[str], files: dict[str, bytes]) -> bytes:
    """One SVG of symbols `i-<name>`, drawn by the stroke of whoever uses them."""
    symbols = []
    for icon in sorted(icons):
        text = files[f"icons/outline/{icon}.svg"].decode("utf-8")
        shapes = [
            " ".join(shape.split())
            for shape in re.findall(r"<(?:path|circle|rect|line|polyline)[^>]*/>", text)
            if "M0 0h24v24H0z" not in shape
        ]
        symbols.append(f'<symbol id="i-{icon}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>')
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def write_manifest(assets: list[Asset], icons: list[str]) -> None:
    """The manifest, hashes included, in a stable order."""
    rows = []
    width = 108
    line = "   "
    for icon in sorted(icons):
        if len(line) + len(icon) + 4 > width:
            rows.append(line)
            line = "   "
        line += f' "{icon}",'
    rows.append(line)
    text = HEADER + "\nicons = [\n" + "\n".join(rows) + "\n]\n"
    for asset in assets:
        text += "\n[[asset]]\n" + "".join(f'{key} = "{value}"\n' for key, value in vars(asset).items())
    MANIFEST.write_text(text, "utf-8")


def main() -> int:
    """Download, build, then write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args().check
    assets, icons = read_manifest()
    fresh: list[Asset] = []
    differing: list[str] = []
    packages: dict[tuple[str, str], dict[str, bytes]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for asset in assets:
            key = (asset.package, asset.version)
            if key not in packages:
                packages[key] = download(*key, Path(folder))
            content = packages[key][asset.source] if asset.source else sprite(icons, packages[key])
            digest = hashlib.sha256(content).hexdigest()
            if check and digest != asset.sha256:
                differing.append(asset.file)
            if not check:
                target = STATIC / asset.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            fresh.append(Asset(**{**vars(asset), "sha256": digest}))
    if not check:
        write_manifest(fresh, icons)
    for name in differing:
        sys.stderr.write(f"differs from its package: {name}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
