"""The user guide under «Aide»: the chapters of docs/guide, their pictures, and how to find one's way."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, render_template, send_from_directory
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markupsafe import Markup

from garage.web.access import public

GUIDE: Final = Path(__file__).resolve().parents[2] / "docs" / "guide"
_PICTURES: Final = GUIDE / "images"
_DAY: Final = 24 * 3600

blueprint = Blueprint("guide", __name__, url_prefix="/aide")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file of the guide, `02-ma-journee.md`: its address, its title (the first line) and its text as HTML."""

    slug: str
    title: str
    html: Markup


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the files' names."""
    reader = MarkdownIt("commonmark").enable("table")
    return tuple(_chapter(reader, path) for path in sorted(GUIDE.glob("[0-9]*.md")))


def _chapter(reader: MarkdownIt, path: Path) -> Chapter:
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    return Chapter(path.stem.partition("-")[2], title.removeprefix("# "), Markup(reader.render(body)))  # noqa: S704 - our own files


@blueprint.get("")
@public
def index() -> str:
    """The chapters, then what holds for every page."""
    return render_template("guide/index.html", chapters=chapters())


@blueprint.get("/<slug>")
@public
def chapter(slug: str) -> str:
    """One chapter, with the one before and the one after."""
    every = chapters()
    place = next((place for place, one in enumerate(every) if one.slug == slug), None)
    if place is None:
        abort(404)
    return render_template(
        "guide/chapter.html",
        chapter=every[place],
        before=every[place - 1] if place else None,
        after=every[place + 1] if place + 1 < len(every) else None,
    )


@blueprint.get("/images/<name>")
@public
def picture(name: str) -> ResponseReturnValue:
    """A picture of the guide."""
    answer = send_from_directory(_PICTURES, name, max_age=_DAY)
    answer.headers["Cache-Control"] = f"public, max-age={_DAY}"
    return answer
