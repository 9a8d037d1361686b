"""What the screens and papers of counts say the same way: places, values of differences, their groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from garage.db.queries.paging import AnyRow
from garage.domain.counts import CountReason, worth
from garage.domain.money import ZERO
from garage.french import formats
from garage.french.labels import label
from garage.operations.stores import MAIN

_BARS: Final = 12


def place(row: AnyRow) -> str:
    """Where a line is: the code of its bin, with its store when it is not the main one."""
    code = row.bin or "sans casier"
    return code if row.store_id == MAIN else f"{code} ({row.store})"


def reason(code: str | None) -> str:
    """The reason of a difference in words; nothing for a line that was right."""
    return label(CountReason(code)) if code else ""


def parts(count: int) -> str:
    """So many parts."""
    return f"{formats.count(count)} {'pièces' if count > 1 else 'pièce'}"


def value_of(row: AnyRow) -> Decimal:
    """What the difference of a line is worth: what its movement wrote, else at the present average (euros, signed)."""
    if row.value_change is not None:
        return Decimal(row.value_change)
    if row.counted is None or row.expected is None:
        return ZERO
    return worth(row.counted - row.expected, row.average_cost)


@dataclass(frozen=True, slots=True)
class Group:
    """Differences of a bin or family: lines, what is missing and what is in excess in euros (both above zero)."""

    name: str
    lines: int
    missing: Decimal
    excess: Decimal

    @property
    def gross(self) -> Decimal:
        """Both ways added: what the bars compare."""
        return self.missing + self.excess

    @property
    def net(self) -> Decimal:
        """Signed."""
        return self.excess - self.missing


def groups(lines: Sequence[AnyRow], *, by_family: bool) -> list[Group]:
    """Differing lines by bin or family, the dearest first; beyond a dozen, the others together."""
    sums: dict[str, tuple[int, Decimal, Decimal]] = {}
    for line in lines:
        name = (line.family or "Sans famille") if by_family else place(line)
        count, missing, excess = sums.get(name, (0, ZERO, ZERO))
        value = value_of(line)
        sums[name] = (count + 1, missing + max(-value, ZERO), excess + max(value, ZERO))
    ranked = sorted((Group(name, *one) for name, one in sums.items()), key=lambda one: (-one.gross, one.name))
    if len(ranked) <= _BARS:
        return ranked
    rest = ranked[_BARS - 1 :]
    others = Group(
        f"Les {len(rest)} autres",
        sum(one.lines for one in rest),
        sum((one.missing for one in rest), ZERO),
        sum((one.excess for one in rest), ZERO),
    )
    return [*ranked[: _BARS - 1], others]
