"""Migrations: one head, models and tables alike, up and down on both databases, with data."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from config import ROOT
from garage.db.all_models import METADATA
from garage.db.migrating import pending, upgrade
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings
from garage.operations import settings
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from tests.factories import garage as make

FOLDER = ROOT / "migrations"


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    return made


def downgrade(database: Database, revision: str) -> None:
    migrations = config()
    with database.engine.begin() as connection:
        migrations.attributes["connection"] = connection
        command.downgrade(migrations, revision)


def test_one_head_and_numbered_files() -> None:
    scripts = ScriptDirectory.from_config(config())
    assert len(scripts.get_heads()) == 1
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    assert revisions == [f"{place:04d}" for place in range(1, len(revisions) + 1)]
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")
        assert "garage" not in Path(script.path).read_text(encoding="utf-8"), "a migration imports no model"


def test_models_and_tables_are_alike(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA) == []


def test_down_and_up_again_with_data(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        make.garage(session)
    downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert pending(database_url, FOLDER)
    upgrade(database_url, FOLDER)
    assert not pending(database_url, FOLDER)
    upgrade(database_url, FOLDER)
    with database.transaction() as session:
        make.garage(session)


def test_the_workshop_s_tables_come_and_go_round_the_data_there_is(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        make.order(session, made.partner, make.TODAY, vehicle_id=made.vehicles["BOURG"].id)
    downgrade(database, "0001")
    names = inspect(database.engine).get_table_names()
    assert "clock_segments" not in names
    assert "entries" not in names
    upgrade(database_url, FOLDER)
    with database.engine.connect() as connection:
        for table in ("vehicles", "parts", "repair_orders"):
            tags = connection.execute(text(f"SELECT tag FROM {table}")).scalars().all()
            assert tags
            assert len({*tags}) == len(tags)
            assert all(len(tag) == 12 for tag in tags)
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(text("DELETE FROM journal"))


def test_accounting_s_tables_come_and_go_round_the_bills_there_are(database: Database, database_url: str) -> None:
    """The bills of before stay `plain`, with no mention or payment, and nobody can touch them (rules B8, B9)."""
    with database.transaction() as session:
        made = make.garage(session)
        order = make.order(session, made.partner, vehicle_id=made.vehicles["BOURG"].id)
        make.labour(session, order, 120)
        make.check(session, order)
        settings.save(session, BillingSettings(due_days=45), make.CLERK, make.NOW)
    issue_quarter(database, Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK), BillingRules(), make.TODAY)
    before = _rows(database, "SELECT number, net, gross, regime FROM invoices")
    lines = _rows(database, "SELECT position, label, net FROM invoice_lines ORDER BY position")
    downgrade(database, "0002")
    names = set(inspect(database.engine).get_table_names())
    assert not names & {"settings", "credit_drafts", "titres", "settlements", "questions", "finance_exports"}
    assert "format" not in {column["name"] for column in inspect(database.engine).get_columns("invoices")}
    assert before == _rows(database, "SELECT number, net, gross, regime FROM invoices")
    upgrade(database_url, FOLDER)
    assert before == _rows(database, "SELECT number, net, gross, regime FROM invoices")
    assert lines == _rows(database, "SELECT position, label, net FROM invoice_lines ORDER BY position")
    assert _rows(database, "SELECT format, mention, payment, notes FROM invoices") == [("plain", None, None, None)]
    assert _rows(database, "SELECT credited_line_id FROM invoice_lines") == [(None,)] * len(lines)
    assert {bool(row[0]) for row in _rows(database, "SELECT goods_taxed FROM conventions")} == {False}
    flags = _rows(database, "SELECT code_service_required, tiers_category, legal_nature FROM collectivities")
    assert {(bool(one), *others) for one, *others in flags} == {(False, None, None)}
    with database.reading() as session:
        assert current(session) == BillingSettings()
    for statement in ("UPDATE invoices SET format = 'facturx'", "DELETE FROM invoices"):
        with pytest.raises(DBAPIError), database.engine.begin() as connection:
            connection.execute(text(statement))


def _rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]
