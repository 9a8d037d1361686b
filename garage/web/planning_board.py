"""A week of the plan, shaped for its page: a row per person, a cell per day, a card per assignment."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from garage.db.queries import planning as queries
from garage.db.queries.paging import AnyRow
from garage.db.queries.planning import Person
from garage.domain.planning import Load, Slot, Week, capacity, counts, holiday
from garage.french.planning import holiday_name

_WORKED_DAYS = 5


@dataclass(frozen=True, slots=True)
class Card:
    """An order on somebody's day; `left` while work is left on it."""

    row: AnyRow
    left: bool

    @property
    def slot(self) -> Slot:
        """Who, when, how long."""
        return Slot(self.row.user_id, self.row.day, self.row.minutes)

    @property
    def seen(self) -> str:
        """The card as it is now, in one word of an address."""
        return written(self.slot)


@dataclass(slots=True)
class Cell:
    """A day of a person; `special` are the minutes set for that very day."""

    day: date
    capacity: int
    special: int | None
    cards: list[Card] = field(default_factory=list)
    planned: int = 0

    @property
    def load(self) -> Load:
        """What is planned against what there is."""
        return Load(self.planned, self.capacity)

    @property
    def why(self) -> str:
        """Why there are no hours."""
        if self.capacity:
            return ""
        return "Absent" if self.special == 0 else "Fermé"


@dataclass(frozen=True, slots=True)
class Line:
    """A person's week."""

    person: Person
    cells: list[Cell]

    @property
    def load(self) -> Load:
        """The whole week."""
        return sum((cell.load for cell in self.cells), Load())


@dataclass(frozen=True, slots=True)
class Board:
    """The plan of a week."""

    week: Week
    days: tuple[date, ...]
    lines: list[Line]
    today: date

    @property
    def load(self) -> Load:
        """Everybody's week."""
        return sum((line.load for line in self.lines), Load())

    @property
    def cards(self) -> int:
        """How many cards there are."""
        return sum(len(cell.cards) for line in self.lines for cell in line.cells)

    @property
    def orders(self) -> set[int]:
        """The ids of the orders on its cards."""
        return {card.row.id for line in self.lines for cell in line.cells for card in cell.cards}

    def closed(self, day: date) -> str:
        """The name of the holiday that a day is, if it is one."""
        name = holiday(day)
        return holiday_name(name) if name else ""

    def by_day(self) -> list[tuple[date, list[tuple[Person, Cell]]]]:
        """The same by day: who has something that day, or fewer hours than usual."""
        found = []
        for place, day in enumerate(self.days):
            held = [(line.person, line.cells[place]) for line in self.lines]
            found.append((day, [(person, cell) for person, cell in held if cell.cards or cell.special is not None]))
        return found


def board(session: Session, week: Week, today: date) -> Board:
    """The week as it is planned: four reads, whatever the number of people."""
    first, last = week.days[0], week.days[-1]
    held: dict[tuple[int, date], list[Card]] = defaultdict(list)
    for row in queries.cards(session, first, last):
        held[row.user_id, row.day].append(Card(row, row.state in queries.LEFT))
    special = queries.special_days(session, first, last)
    used = {day for _, day in (*held, *special)}
    days = tuple(day for place, day in enumerate(week.days) if place < _WORKED_DAYS or day in used)
    people = queries.people(session, first, last)
    lines = [Line(one, [_cell(one, day, held[one.id, day], special, today) for day in days]) for one in people]
    return Board(week, days, lines, today)


def _cell(one: Person, day: date, cards: list[Card], special: dict[tuple[int, date], int], today: date) -> Cell:
    that_day = special.get((one.id, day))
    usual = one.usual if one.active else 0
    planned = sum(card.row.minutes for card in cards if counts(day, today, left=card.left))
    return Cell(day, capacity(day, usual, that_day), that_day, cards, planned)


def written(slot: Slot) -> str:
    """A card in one word: person, day, minutes.

    >>> written(Slot(3, date(2026, 11, 16), 120))
    '3_2026-11-16_120'
    """
    return f"{slot.user_id}_{slot.day.isoformat()}_{slot.minutes}"


def read(text: str | None) -> Slot | None:
    """The card that a word means, or nothing.

    >>> read("3_2026-11-16_120"), read("3_hier_120"), read("")
    (Slot(user_id=3, day=datetime.date(2026, 11, 16), minutes=120), None, None)
    """
    words = (text or "").split("_")
    if len(words) != 3 or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words[::2]):
        return None
    try:
        return Slot(int(words[0]), date.fromisoformat(words[1]), int(words[2]))
    except ValueError:
        return None


def as_typed(minutes: int) -> str:
    """A length as a field reads it: 2:05.

    >>> as_typed(125)
    '2:05'
    """
    return f"{minutes // 60}:{minutes % 60:02d}"
