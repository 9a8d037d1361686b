"""What the screens and papers of counts say the same way: places, values of differences, their groups."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from garage.db.queries.counts import LeftTo
from garage.db.queries.paging import AnyRow
from garage.domain.counts import CountReason, CountState
from garage.domain.money import ZERO
from garage.domain.stock import Balance
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


def left_words(left: Sequence[LeftTo]) -> str:
    """What a count left to others that were open already."""
    whole = sum(one.places for one in left)
    names = ", ".join(f"{one.number} ({formats.count(one.places)})" for one in left)
    return f"{parts(whole)} {'ne sont' if whole > 1 else 'n’est'} pas sur la feuille, déjà à compter dans {names}"


def values(lines: Sequence[AnyRow], late: Container[int] = ()) -> dict[int, Decimal]:
    """What the difference of each line is worth: what its movement wrote, else what its approval would now.

    `lines` are all those that differ: the value of a part is rounded once, whatever number of lines it has (rule S3).
    `late` are those that their day does not hold, written later at the present average.
    """
    found: dict[int, Decimal] = {}
    there: dict[int, Balance] = {}
    for row in sorted(lines, key=lambda row: (row.part_id, row.id)):
        if row.value_change is not None or row.counted is None:
            found[row.id] = row.value_change or ZERO
            continue
        before = there.get(row.part_id, Balance(row.on_hand, row.average_cost))
        after = before.differ(row.counted - row.expected, None if row.id in late else row.past_cost)
        found[row.id] = after.worth - (before.worth if row.part_id in there else row.worth)
        there[row.part_id] = after
    return found


def cost_of(row: AnyRow, state: CountState) -> Decimal | None:
    """The unit cost in euros of a line: that of its movement; of one found right, the average when it was counted."""
    if row.moved_cost is not None:
        return Decimal(row.moved_cost)
    found: Decimal | None = row.seen_cost if state is CountState.APPROVED else row.past_cost or row.average_cost
    return found


def differing(lines: Sequence[AnyRow]) -> list[AnyRow]:
    """The lines whose count differs from what was expected."""
    return [line for line in lines if gap(line)]


def both_ways(values: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """What is missing and what is in excess, both above zero."""
    told = list(values)
    return sum((-one for one in told if one < 0), ZERO), sum((one for one in told if one > 0), ZERO)


def gap(row: AnyRow) -> Decimal | None:
    """What was found less what was expected; None when nobody counted."""
    return None if row.counted is None or row.expected is None else row.counted - row.expected


def first_and_second(row: AnyRow) -> tuple[Decimal | None, Decimal | None]:
    """What the first count found, and the second if there was one."""
    return (row.counted, None) if row.first_counted is None else (row.first_counted, row.counted)


def counters(row: AnyRow) -> tuple[str, str]:
    """Who counted first, and who counted the second time."""
    once, again = row.first_counted_by or "", row.counted_by or ""
    return (again, "") if row.first_counted is None else (once, again)


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
    worth = values(lines)
    for line in lines:
        name = (line.family or "Sans famille") if by_family else place(line)
        count, missing, excess = sums.get(name, (0, ZERO, ZERO))
        value = worth[line.id]
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
