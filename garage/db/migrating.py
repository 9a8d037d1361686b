"""Makes or upgrades the tables of a database by its migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from garage.db.session import Database


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def upgrade(url: str, folder: Path) -> None:
    """Bring a database up to the last migration of a folder; makes the folder of a SQLite file."""
    database, config = Database(url), _config(folder)
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    database.dispose()


def pending(url: str, folder: Path) -> bool:
    """Whether a database lacks a migration, or its tables altogether."""
    database = Database(url)
    if database.is_sqlite and database.url.database and not Path(database.url.database).exists():
        return True
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    database.dispose()
    return present != ScriptDirectory.from_config(_config(folder)).get_current_head()
