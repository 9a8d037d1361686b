"""Under which labour code of the tariffs a clock on an order counts (rules O3, T3)."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import OrderLine
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import NotFound
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.errors.workshop import NoLabourCode
from garage.domain.repair_orders import LineNature
from garage.domain.tariffs import GridStatus, TariffNature


def of_job(session: Session, order_id: int, user_id: int, asked: tuple[int | None, str | None], day: date) -> str:
    """The code asked for, else the chosen work's, else this person's last one on the order, else the order's last
    one, else the first of the grid of that day; `asked` is a work's id and a code.

    A code that the grid of the day does not know gives way to the next. Raises NotFound when the work is not the
    order's, UnknownTariffCode for one asked for by name, NoLabourCode when no grid has any.
    """
    work_id, code = asked
    known = labour_codes(session, day)
    if not known:
        raise NoLabourCode
    if code:
        if code not in known:
            raise UnknownTariffCode(code)
        return code
    candidates = _candidates(session, order_id, user_id, work_id)
    return next((candidate for candidate in candidates if candidate in known), known[0])


def labour_codes(session: Session, day: date) -> list[str]:
    """The labour codes of the published grid of a day in order; of the last one published when none covers it."""
    published = select(TariffGrid.id).where(TariffGrid.status == GridStatus.PUBLISHED)
    covering = published.where(TariffGrid.starts_on <= day, TariffGrid.ends_on.is_(None) | (TariffGrid.ends_on > day))
    grid = session.scalar(covering) or session.scalar(published.order_by(TariffGrid.starts_on.desc()).limit(1))
    lines = select(TariffGridLine.code).where(
        TariffGridLine.grid_id == grid, TariffGridLine.nature == TariffNature.LABOUR
    )
    return list(session.scalars(lines.order_by(TariffGridLine.code)))


def _candidates(session: Session, order_id: int, user_id: int, work_id: int | None) -> Iterator[str | None]:
    if work_id is not None:
        work = session.get(OrderWork, work_id)
        if work is None or work.order_id != order_id:
            raise NotFound("work", str(work_id))
        yield work.code
    mine = select(ClockSegment.code).where(ClockSegment.order_id == order_id, ClockSegment.user_id == user_id)
    yield session.scalar(mine.order_by(ClockSegment.started_at.desc(), ClockSegment.id.desc()).limit(1))
    lines = select(OrderLine.code).where(OrderLine.order_id == order_id, OrderLine.nature == LineNature.LABOUR)
    yield session.scalar(lines.where(OrderLine.mechanic_id == user_id).order_by(OrderLine.id.desc()).limit(1))
    yield session.scalar(lines.order_by(OrderLine.id.desc()).limit(1))
