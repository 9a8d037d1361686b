"""Hands bills to the finance application: one bundle, made again identical, then marked as transmitted (rule B11)."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.archive import ArchivedFile
from garage.db.models.recovery import FinanceExport, FinanceExportBill
from garage.db.queries import finance_exports as queries
from garage.db.queries import invoices
from garage.db.queries.finance_exports import ExportRow
from garage.db.queries.invoices import IssuedBill
from garage.db.queries.settings import current, decoded, encoded
from garage.documents.exports.attached import attached_xml
from garage.documents.exports.journal import journal
from garage.documents.exports.magnus import magnus
from garage.documents.exports.pack import pack, packed
from garage.documents.exports.pes import check, pes
from garage.domain.errors.base import Conflict
from garage.domain.errors.finance_exports import ExportDiffers, ExportEmpty, ExportTwice, ExportUnfinished, PesRefused
from garage.domain.finance_checks import missing
from garage.domain.finance_exports import (
    Bundle,
    Entry,
    ExportFile,
    HandedBill,
    Lack,
    Missing,
    Shares,
    ThirdParty,
    Totals,
    entries,
    shares,
    titled,
    totals,
)
from garage.domain.permissions import Actor
from garage.domain.settings import BillingSettings
from garage.french import finance_exports as words
from garage.operations import journal as acts
from garage.operations import printing, recovery
from garage.operations.printing import Press

_SPOOL: Final = 8 * 1024 * 1024
_KEPT: Final = ("imputations", "magnus", "pes")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a choice of bills would give: rows, totals, and what is missing for which file."""

    bills: tuple[HandedBill, ...]
    entries: dict[int, list[Entry]]
    totals: Totals
    missing: tuple[Missing, ...]
    settings: BillingSettings

    @property
    def shares(self) -> Shares:
        """Its totals apart: to title, titled already, internal."""
        return shares(self.bills)

    @property
    def left_out(self) -> dict[str, list[str]]:
        """The sentences of each file that cannot be made."""
        return words.left_out(self.missing)


def prepare(session: Session, invoice_ids: Sequence[int], today: date) -> Prepared:
    """Look at a choice of bills; writes nothing. Raises ExportEmpty, ExportUnbalanced, NotFound."""
    if not invoice_ids:
        raise ExportEmpty
    settings = current(session)
    bills = tuple(queries.handed(session, invoice_ids))
    rows = {bill.id: entries(bill, settings.imputations) for bill in bills}
    found = missing(bills, settings, rows)
    if settings.pes.schema and not any(one.file is ExportFile.PES for one in found):
        found += _refused(Bundle(1, today, bills, rows), settings)
    return Prepared(bills, rows, totals(bills), tuple(found), settings)


def _refused(bundle: Bundle, settings: BillingSettings) -> list[Missing]:
    """What the schema says of the draft, attachments left aside."""
    schema = Path(settings.pes.schema)
    if not schema.is_file():
        return [Missing(ExportFile.PES, Lack.SCHEMA, settings.pes.schema)]
    named = replace(bundle, bills=tuple(replace(bill, file=bill.file or f"{bill.id}.pdf") for bill in bundle.bills))
    try:
        check(pes(named, settings.pes, words.pes_name(bundle.number), None), schema)
    except PesRefused as refusal:
        return [Missing(ExportFile.PES, Lack.INVALID, refusal.reason)]
    return []


def make(session: Session, prepared: Prepared, token: str | None, actor: Actor, now: datetime, today: date) -> int:
    """Keep a bundle with the settings it is made with; returns its number. The same form sent twice keeps one.

    Raises Conflict when the form was sent before with other bills.
    """
    ids = [bill.id for bill in prepared.bills]
    sums = prepared.totals
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    kept = (
        dialect.insert(FinanceExport)
        .values(
            made_at=now,
            made_by_id=actor.id,
            settings=_snapshot(prepared, today),
            bills=sums.bills,
            net=sums.net,
            vat=sums.vat,
            gross=sums.gross,
            form_token=token or None,
        )
        .on_conflict_do_nothing()
        .returning(FinanceExport.id)
    )
    export_id: int | None = session.scalar(kept)
    if export_id is None:
        return _known(session, token, ids)
    rows = [{"export_id": export_id, "invoice_id": one, "position": place} for place, one in enumerate(ids, 1)]
    session.execute(insert(FinanceExportBill), rows)
    data = {"bills": sums.bills, "gross": str(sums.gross)}
    acts.record(session, actor, "finance_export.make", ("finance_exports", str(export_id)), data=data, now=now)
    return export_id


def _known(session: Session, token: str | None, ids: list[int]) -> int:
    export_id = session.scalars(select(FinanceExport.id).where(FinanceExport.form_token == token)).one()
    if queries.bill_ids(session, export_id) != ids:
        raise Conflict("sent")
    return export_id


def _snapshot(prepared: Prepared, today: date) -> dict[str, Any]:
    """All that is not frozen in the bills and that the files are written with."""
    settings = encoded(prepared.settings)
    return {name: settings[name] for name in _KEPT} | {
        "made_on": today.isoformat(),
        "debtors": {str(bill.id): asdict(bill.debtor) for bill in prepared.bills},
        "titres": {
            str(bill.id): list(bill.credited.titre) for bill in prepared.bills if bill.credited and bill.credited.titre
        },
        "known": {str(bill.id): list(bill.titre) for bill in prepared.bills if bill.titre},
        "left_out": prepared.left_out,
        "remarks": words.warnings(prepared.bills) + words.remarks(prepared.bills),
        "checked": bool(prepared.settings.pes.schema),
    }


def mark_transmitted(session: Session, export_id: int, actor: Actor, now: datetime, *, anyway: bool = False) -> bool:
    """Say that a bundle was handed over: its bills are «transmises». Returns False when it already was.

    Bills that another bundle handed over need `anyway`. Raises NotFound, ExportUnfinished, ExportTwice.
    """
    ids = queries.bill_ids(session, export_id)
    recovery.lock(session, ids)
    row = queries.one(session, export_id)
    if row.sha256 is None:
        raise ExportUnfinished(row.id)
    if row.transmitted_at is not None:
        return False
    others = tuple(one.export_id for one in queries.elsewhere(session, ids, export_id) if one.transmitted)
    if others and not anyway:
        raise ExportTwice(others)
    values = {"transmitted_at": now, "transmitted_by_id": actor.id}
    statement = update(FinanceExport).where(FinanceExport.id == row.id, FinanceExport.transmitted_at.is_(None))
    return _turn(session, statement.values(**values), "finance_export.transmit", row.id, actor, now)


def take_back(session: Session, export_id: int, actor: Actor, now: datetime) -> bool:
    """Say that a bundle was not handed over after all. Returns False when it was not marked."""
    row = queries.one(session, export_id)
    values = {"transmitted_at": None, "transmitted_by_id": None}
    statement = update(FinanceExport).where(FinanceExport.id == row.id, FinanceExport.transmitted_at.is_not(None))
    return _turn(session, statement.values(**values), "finance_export.take_back", row.id, actor, now)


def _turn(session: Session, statement: Any, action: str, export_id: int, actor: Actor, now: datetime) -> bool:
    changed = bool(session.execute(statement.returning(FinanceExport.id)).all())
    if changed:
        acts.record(session, actor, action, ("finance_exports", str(export_id)), data={}, now=now)
    return changed


def bundle_file(press: Press, export_id: int, actor: Actor, now: datetime) -> IO[bytes]:
    """The zip of a bundle, at its beginning, kept on disk when it is large; the caller closes it.

    The first time its SHA-256 is kept; later the bytes must be the same (rule B11). Missing PDFs are printed again.
    Raises NotFound, ExportDiffers, PesRefused, ExportUnbalanced, FileDiffers, OSError.
    """
    with press.database.reading() as session:
        row = queries.one(session, export_id)
        ids = queries.bill_ids(session, export_id)
    spool = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - the caller closes it
    try:
        _write(press, row, ids, spool, actor, now)
        _seal(press, row, _fingerprint(spool))
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _fingerprint(spool: IO[bytes]) -> str:
    spool.seek(0)
    digest = hashlib.sha256()
    while block := spool.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _seal(press: Press, row: ExportRow, found: str) -> None:
    """Keep the fingerprint once; whoever comes second must have made the same bytes."""
    known = row.sha256
    if known is None:
        with press.database.transaction() as session:
            first = update(FinanceExport).where(FinanceExport.id == row.id, FinanceExport.sha256.is_(None))
            session.execute(first.values(sha256=found))
            known = session.scalars(select(FinanceExport.sha256).where(FinanceExport.id == row.id)).one()
    if known != found:
        raise ExportDiffers(row.id)


class _Papers:
    """The PDFs of the bills, each vouched for as it is read; a missing one is printed again (rule B9)."""

    def __init__(self, press: Press, ids: Sequence[int], actor: Actor, now: datetime) -> None:
        self._press, self._actor, self._now = press, actor, now
        with press.database.reading() as session:
            self._rows: dict[int, IssuedBill] = {row.id: row for row in invoices.by_ids(session, list(ids))}
        missing_files = [row for row in self._rows.values() if not self._is_there(row)]
        for row in missing_files:
            printing.reprint(press, row.number, actor, now)
        if missing_files:
            with press.database.reading() as session:
                self._rows = {row.id: row for row in invoices.by_ids(session, list(ids))}

    def _is_there(self, row: IssuedBill) -> bool:
        return row.path is not None and (self._press.archive.folder / row.path).is_file()

    def __call__(self, bill: HandedBill) -> bytes:
        row = self._rows[bill.id]
        return self._press.archive.read(ArchivedFile(row.path or "", row.sha256 or "", row.size or 0), row.number)


def _write(press: Press, row: ExportRow, ids: Sequence[int], target: IO[bytes], actor: Actor, now: datetime) -> None:
    papers = _Papers(press, ids, actor, now)
    settings = decoded({name: row.settings[name] for name in _KEPT})
    with press.database.reading() as session:
        bills = contents(session, row, ids)
    rows = rows_of(bills, row)
    made_on = date.fromisoformat(row.settings["made_on"])
    made = Bundle(row.id, made_on, bills, rows)
    if totals(bills) != Totals(row.bills, row.net, row.vat):
        raise ExportDiffers(row.id)
    pack(target, made_on, _files(made, row, settings, papers))


def contents(session: Session, row: ExportRow, ids: Sequence[int]) -> tuple[HandedBill, ...]:
    """The bills of a bundle, with the debtors and titres that were known when it was made."""
    return tuple(_as_kept(bill, row.settings) for bill in queries.handed(session, ids))


def rows_of(bills: Sequence[HandedBill], row: ExportRow) -> dict[int, list[Entry]]:
    """The rows of the bills as the bundle books them, with the settings it was made with."""
    imputations = decoded({"imputations": row.settings["imputations"]}).imputations
    return {bill.id: entries(bill, imputations) for bill in bills}


def _as_kept(bill: HandedBill, kept: dict[str, Any]) -> HandedBill:
    own = kept.get("known", {}).get(str(bill.id))
    titre = kept["titres"].get(str(bill.id))
    first = replace(bill.credited, titre=(titre[0], titre[1]) if titre else None) if bill.credited else None
    return replace(
        bill,
        debtor=ThirdParty(**kept["debtors"][str(bill.id)]),
        credited=first,
        titre=(own[0], own[1]) if own else None,
    )


def _files(made: Bundle, row: ExportRow, settings: BillingSettings, papers: _Papers) -> Iterator[tuple[str, bytes]]:
    """The files of the bundle in their order, each made when it is written."""
    out, number = row.settings["left_out"], made.number
    documents = {bill.id: attached_xml(papers(bill)) for bill in made.bills}
    electronic = any(documents.values())
    told = words.names(number, out, electronic=electronic, checked=row.settings["checked"])
    yield next(iter(told)), words.readme(made, told, out, row.settings["remarks"])
    if ExportFile.JOURNAL.value not in out:
        yield words.journal_name(number), journal(made)
    if ExportFile.MAGNUS.value not in out:
        yield words.MAGNUS_NAME, packed(made.made_on, _magnus(made, settings, papers))
    if ExportFile.PES.value not in out:
        draft = pes(made, settings.pes, words.pes_name(number), papers)
        if row.sha256 is None and settings.pes.schema:
            check(draft, Path(settings.pes.schema))
        yield words.pes_name(number), draft
    for bill in made.bills:
        yield f"factures/{bill.file}", papers(bill)
    for bill in made.bills:
        if xml := documents[bill.id]:
            yield f"xml/{bill.file.removesuffix('.pdf')}.xml", xml


def _magnus(made: Bundle, settings: BillingSettings, papers: _Papers) -> Iterator[tuple[str, bytes]]:
    yield from magnus(made, settings.magnus).items()
    for bill in made.bills:
        if titled(bill):
            yield bill.file, papers(bill)
