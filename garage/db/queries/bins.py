"""Bins as people name them: by their code in the main store, with the code of the store in any other (rule S1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import and_, or_, select, union
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, BinStock, Part, Store
from garage.db.queries.paging import AnyRow, AnySelect
from garage.db.queries.stock import listed
from garage.domain.tags import bin_key
from garage.french.plain import plain_text

# The store that a garage begins with (migration 0004): its bins go by their code alone, as on labels printed before.
MAIN: Final = 1


@dataclass(frozen=True, slots=True)
class NamedBin:
    """A bin that has a code: `key` is what its address and its label say, `store` the name of its store."""

    id: int
    code: str
    key: str
    store: str
    main: bool

    @property
    def title(self) -> str:
        """How it is read among bins of several stores."""
        return self.code if self.main else f"{self.code} ({self.store})"


def _named() -> AnySelect:
    columns = select(Bin.id, Bin.code, Bin.store_id, Store.code.label("store_code"), Store.name.label("store"))
    return columns.join(Store, Store.id == Bin.store_id).where(Bin.code != "")


def _read(row: AnyRow) -> NamedBin:
    main = row.store_id == MAIN
    return NamedBin(row.id, row.code, bin_key(row.code, None if main else row.store_code), row.store, main)


def _all(session: Session, columns: AnySelect) -> list[NamedBin]:
    order = ((Bin.store_id == MAIN).desc(), Store.name, Bin.code)
    return [_read(row) for row in session.execute(columns.order_by(*order))]


def every(session: Session, text: str = "") -> list[NamedBin]:
    """The bins in use whose code or store holds a text, case and accents apart: the main store's, then by store."""
    found, wanted = _all(session, _named().where(Store.active, Bin.active)), plain_text(text)
    return [one for one in found if wanted in plain_text(f"{one.key} {one.store}")]


def labelled(session: Session, name: str) -> list[NamedBin]:
    """The bins that a label names, case and accents apart; one without store is the main store's if it has it."""
    wanted, known = plain_text(name), _all(session, _named())
    return [one for one in known if plain_text(one.key) == wanted] or _coded(known, wanted)


def called(session: Session, text: str) -> list[NamedBin]:
    """The bins of any store that a typed word may mean, case and accents apart."""
    wanted, known = plain_text(text), _all(session, _named())
    return list(dict.fromkeys([one for one in known if plain_text(one.key) == wanted] + _coded(known, wanted)))


def _coded(known: Sequence[NamedBin], wanted: str) -> list[NamedBin]:
    return [one for one in known if plain_text(one.code) == wanted]


def by_key(session: Session, key: str) -> NamedBin | None:
    """The bin of this very key; None when there is none."""
    code, _, store = key.rpartition("@")
    meant = or_(and_(Bin.store_id == MAIN, Bin.code == key), and_(Store.code == store, Bin.code == code))
    rows = [_read(row) for row in session.execute(_named().where(meant).order_by(Bin.store_id))]
    return next((one for one in rows if one.key == key), None)


def parts(session: Session, bin_id: int, size: int) -> Sequence[AnyRow]:
    """What lies in a bin, by reference, with `held`, its quantity there (None for a part that only belongs there)."""
    there = select(BinStock.part_id).where(BinStock.bin_id == bin_id, BinStock.quantity != Decimal(0))
    usual = select(Part.id).where(Part.bin_id == bin_id, Part.active)
    held = and_(BinStock.part_id == Part.id, BinStock.bin_id == bin_id)
    columns = listed().add_columns(BinStock.quantity.label("held"), (Part.bin_id == bin_id).label("at_home"))
    wanted = columns.outerjoin(BinStock, held).where(Part.id.in_(union(there, usual)))
    return session.execute(wanted.order_by(Part.reference).limit(size)).all()
