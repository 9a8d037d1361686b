"""Tariff grids: draft and publish (rules T1, T2)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.queries.tariffs import latest_billed_day
from garage.domain.collectivities import read_code
from garage.domain.errors.base import CodeTaken, NotFound
from garage.domain.errors.tariffs import GridFrozen
from garage.domain.permissions import Actor
from garage.domain.tariffs import GridStatus, TariffLine, check_lines, check_publication
from garage.operations import journal


def draft(
    session: Session,
    name: str,
    span: tuple[date, date | None],
    lines: Sequence[TariffLine],
    actor: Actor,
    now: datetime,
) -> TariffGrid:
    """A new grid in draft over [first day, end). Raises CodeTaken, BadCode, TwoLinesOfNature."""
    if session.scalar(select(TariffGrid.id).where(TariffGrid.name == name)):
        raise CodeTaken(name)
    check_lines(line.nature for line in lines)
    grid = TariffGrid(name=name, starts_on=span[0], ends_on=span[1], status=GridStatus.DRAFT)
    session.add(grid)
    session.flush()
    session.add_all(TariffGridLine(grid_id=grid.id, **asdict(line) | {"code": read_code(line.code)}) for line in lines)
    session.flush()
    journal.record(session, actor, "tariff.draft", ("tariff_grids", name), data={"lines": len(lines)}, now=now)
    return grid


def publish(
    session: Session, grid_id: int, deliberation: str, deliberated_on: date | None, actor: Actor, now: datetime
) -> None:
    """Publish a draft under its deliberation; from then on it is frozen (rule T1).

    Raises NotFound, GridFrozen, EndBeforeStart, GridOverlap, GridTouchesBilled.
    """
    grid = session.get(TariffGrid, grid_id, with_for_update=True)
    if grid is None:
        raise NotFound("tariff_grid", str(grid_id))
    if grid.status is GridStatus.PUBLISHED:
        raise GridFrozen(grid.name)
    published = session.execute(
        select(TariffGrid.name, TariffGrid.starts_on, TariffGrid.ends_on)
        .where(TariffGrid.status == GridStatus.PUBLISHED)
        .with_for_update()
    )
    check_publication(
        (grid.starts_on, grid.ends_on),
        [(row.name, row.starts_on, row.ends_on) for row in published],
        latest_billed_day(session),
    )
    grid.status, grid.published_at = GridStatus.PUBLISHED, now
    grid.deliberation, grid.deliberated_on = deliberation, deliberated_on
    session.flush()
    data = {"deliberation": deliberation, "starts_on": grid.starts_on.isoformat()}
    journal.record(session, actor, "tariff.publish", ("tariff_grids", grid.name), data=data, now=now)
