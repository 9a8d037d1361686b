"""Draw the icons of the installed application from the shapes of favicon.svg, where a PNG is asked for.

Writes garage/web/static/icons/. Only moves, lines and horizontals or verticals are read: all that the favicon has.

    python tools/app_icons.py
"""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parent.parent / "garage" / "web" / "static"
SIZES = (192, 512)
_SMOOTH = 4
_MARGIN = 0.1  # a mask of the device may cut this much on each side

Point = tuple[float, float]


def strokes(path: str) -> list[list[Point]]:
    """The broken lines of a path, in its own units."""
    lines: list[list[Point]] = []
    x = y = 0.0
    for word, rest in re.findall(r"([MLHVhvlzZ])([^MLHVhvlzZ]*)", path):
        values = [float(value) for value in re.findall(r"-?\d*\.?\d+", rest)]
        if word in "zZ":
            lines[-1].append(lines[-1][0])
        elif word in "HhVv":
            for value in values:
                step = value if word.islower() else value - (x if word in "H" else y)
                x, y = (x + step, y) if word in "Hh" else (x, y + step)
                lines[-1].append((x, y))
        else:
            for place, (a, b) in enumerate(zip(values[::2], values[1::2], strict=True)):
                x, y = (x + a, y + b) if word == "l" else (a, b)
                if word == "M" and place == 0:
                    lines.append([])
                lines[-1].append((x, y))
    return lines


def draw(svg: ET.Element, size: int) -> Image.Image:
    """The favicon without its round corners: the device gives the icon its own outline."""
    space = {"s": "http://www.w3.org/2000/svg"}
    ground, group = svg.find("s:rect", space), svg.find("s:g", space)
    assert ground is not None
    assert group is not None
    whole = size * _SMOOTH
    scale = whole * (1 - 2 * _MARGIN) / float(ground.attrib["width"])
    edge = whole * _MARGIN
    width = round(float(group.attrib["stroke-width"]) * scale)
    picture = Image.new("RGB", (whole, whole), ground.attrib["fill"])
    pen = ImageDraw.Draw(picture)
    for path in group.findall("s:path", space):
        for line in strokes(path.attrib["d"]):
            points = [(edge + x * scale, edge + y * scale) for x, y in line]
            pen.line(points, fill=group.attrib["stroke"], width=width)
            for x, y in points:
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=group.attrib["stroke"])
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    """Every size."""
    svg = ET.fromstring((STATIC / "favicon.svg").read_text("utf-8"))  # noqa: S314 - our own file
    (STATIC / "icons").mkdir(exist_ok=True)
    for size in SIZES:
        draw(svg, size).quantize(16).save(STATIC / "icons" / f"{size}.png", optimize=True)


if __name__ == "__main__":
    main()
