"""Alembic's entry: migrations run on the connection they are given, or on the configured database."""

import os

from alembic import context
from sqlalchemy import Connection

from config import Settings
from garage.db.all_models import METADATA
from garage.db.session import Database


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    with Database(Settings.from_env(os.environ).database_url).engine.begin() as configured:
        _migrate(configured)
