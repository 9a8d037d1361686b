"""What the minutes of an approved count say: every line with its figures as they were written (rules S2, S3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from garage.documents.stock_value import Column, Paper, Table

_SUMS: Final = (Column("Ensemble", 8), Column("", 4, number=True))
_LINES: Final = (
    Column("Casier", 3.6), Column("Pièce", 6.6), Column("Attendu", 2.5, number=True),
    Column("Premier comptage", 2.9, number=True), Column("Second comptage", 2.9, number=True),
    Column("Écart", 2.3, number=True), Column("CUMP (€)", 2.7, number=True), Column("Écart (€)", 2.8, number=True),
    Column("", 0.4), Column("Motif", 4.2), Column("Compté par", 4.8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Minutes:
    """All that the minutes say, in words; `sums` stand above the lines, `total` under them."""

    number: str
    issuer: str
    told: Sequence[str]
    sums: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, ...]]
    total: tuple[str, ...]
    signed: Sequence[str]


def minutes(said: Minutes) -> Paper:
    """The minutes of a count as a paper to sign."""
    title = f"Procès-verbal d’inventaire {said.number}"
    return Paper(
        title=title,
        subject="Procès-verbal d’inventaire",
        issuer=said.issuer,
        method=said.told,
        tables=(
            Table("Résultat", _SUMS, said.sums, totals=1),
            Table("Lignes", _LINES, [*said.lines, said.total], totals=1),
        ),
        foot=title,
        signed=said.signed,
    )
