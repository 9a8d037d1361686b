"""The value of the stock on a 31 December, frozen with its lines and its PDF, kept like a bill (rules S6, B9)."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from garage.archive import Archive, ArchivedFile
from garage.clock import PARIS
from garage.db.models.stock import StockMovement
from garage.db.models.stock_years import StockYear, StockYearLine
from garage.db.queries import billing
from garage.db.queries.stock_value import Line, Values, every_line
from garage.documents.stock_value import render
from garage.domain.errors.base import NotFound
from garage.domain.errors.invoices import FileDiffers
from garage.domain.errors.stock_years import (
    NothingToFreeze,
    ValuationDiffers,
    ValuationFrozen,
    ValueMoved,
    YearNotOver,
    YearOutOfOrder,
)
from garage.domain.money import ZERO
from garage.domain.permissions import Actor
from garage.french import stock_value as words
from garage.operations import journal, stock_totals
from garage.operations.stock_papers import valuation


@dataclass(frozen=True, slots=True)
class By:
    """Who freezes, when, on which Paris day."""

    actor: Actor
    now: datetime
    today: date


def next_year(session: Session, today: date) -> int | None:
    """The year to freeze next: the one after the last frozen, else last year; None until it is over."""
    last = session.scalar(select(func.max(StockYear.year)))
    year = today.year - 1 if last is None else last + 1
    return year if year < today.year else None


def check(session: Session, year: int, today: date) -> None:
    """Raises ValuationFrozen, YearNotOver, YearOutOfOrder, NothingToFreeze when a year may not be frozen."""
    if session.get(StockYear, year) is not None:
        raise ValuationFrozen(year)
    if year >= today.year:
        raise YearNotOver(year)
    last = session.scalar(select(func.max(StockYear.year)))
    if last is not None and year != last + 1:
        raise YearOutOfOrder(year, last + 1)
    first = session.scalar(select(func.min(StockMovement.moved_on)))
    if first is None or first.year > year:
        raise NothingToFreeze(year)


def freeze(session: Session, year: int, seen: Decimal, by: By) -> StockYear:
    """Write the lines of every part and bin on 31 December, whose sum is the total to the cent, and its PDF's mark.

    Nobody moves stock meanwhile; afterwards no movement may be dated up to that day. `seen` is the value in euros that
    the person agreed to. Raises what `check` does, and ValueMoved.
    """
    stock_totals.bring_up_to_date(session)
    check(session, year, by.today)
    day = date(year, 12, 31)
    total = Values.of(session).total(day)
    if total != seen:
        raise ValueMoved(year, total)
    lines = list(every_line(session, day))
    if sum((line.value for line in lines), ZERO) != total:
        raise AssertionError("the lines of a valuation add up to its total")
    issuer = billing.issuer(session)
    made = StockYear(
        year=year,
        value=total,
        parts=len({line.part_id for line in lines}),
        issuer=issuer.name if issuer else "",
        sha256="",
        frozen_at=by.now,
        frozen_by_id=by.actor.id,
    )
    made.sha256 = hashlib.sha256(_printed(made, lines)).hexdigest()
    session.add(made)
    session.flush()
    rows = [_kept(year, rank, line) for rank, line in enumerate(lines, 1)]
    if rows:
        session.execute(insert(StockYearLine), rows)
    data = {"value": str(total), "parts": made.parts, "sha256": made.sha256}
    journal.record(session, by.actor, "stock_year.freeze", ("stock", str(year)), data=data, now=by.now)
    return made


def _kept(year: int, rank: int, line: Line) -> dict[str, object]:
    kept = asdict(line)
    del kept["bin_id"]
    return kept | {"year": year, "rank": rank}


def kept_paper(session: Session, archive: Archive, year: int) -> bytes:
    """The PDF of a frozen valuation as its file holds it, printed once and kept like a bill (rule B9).

    A missing file is printed again from the frozen lines. Raises NotFound, ValuationDiffers when the file or the print
    has not the mark kept on the day of freezing, OSError.
    """
    made = _frozen(session, year)
    path = f"{year:04d}/stock/valeur-stock-{year:04d}-12-31.pdf"
    try:
        return archive.read(ArchivedFile(path, made.sha256, 0), str(year))
    except FileNotFoundError:
        printed = paper(session, year)
        archive.store(path, printed)
        return printed
    except FileDiffers:
        raise ValuationDiffers(year) from None


def check_papers(session: Session, archive: Archive) -> list[int]:
    """Keep the PDF of every frozen year that has no file; the years whose PDF is lost or has changed: an alarm."""
    wrong = []
    for year in session.scalars(select(StockYear.year).order_by(StockYear.year)).all():
        try:
            kept_paper(session, archive, year)
        except (ValuationDiffers, OSError):
            wrong.append(year)
    return wrong


def _frozen(session: Session, year: int) -> StockYear:
    made = session.get(StockYear, year)
    if made is None:
        raise NotFound("valuation", str(year))
    return made


def paper(session: Session, year: int) -> bytes:
    """The PDF of a frozen valuation printed from its lines. Raises NotFound, ValuationDiffers without its mark."""
    made = _frozen(session, year)
    lines = session.scalars(select(StockYearLine).where(StockYearLine.year == year).order_by(StockYearLine.rank))
    printed = _printed(made, lines)
    if hashlib.sha256(printed).hexdigest() != made.sha256:
        raise ValuationDiffers(year)
    return printed


def _printed(made: StockYear, lines: Iterable[Line | StockYearLine]) -> bytes:
    frozen_on = made.frozen_at.astimezone(PARIS).date()
    day = date(made.year, 12, 31)
    return render(valuation(day, made.issuer, lines, (words.frozen(frozen_on), words.foot(day, frozen_on))))
