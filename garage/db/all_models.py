"""Imports every table once, for migrations and tests."""

from garage.db.base import Base
from garage.db.models import (
    collectivities,
    invoices,
    job_runs,
    journal,
    repair_orders,
    stock,
    tariffs,
    users,
    vehicles,
)

METADATA = Base.metadata
TABLES = (collectivities, invoices, job_runs, journal, repair_orders, stock, tariffs, users, vehicles)
