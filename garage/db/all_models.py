"""Imports every table once, for migrations and tests."""

from garage.db.base import Base
from garage.db.models import (
    collectivities,
    devices,
    entries,
    invoices,
    job_runs,
    journal,
    mails,
    order_records,
    order_works,
    planning,
    repair_orders,
    requests,
    stock,
    tariffs,
    users,
    vehicles,
    work_time,
)

METADATA = Base.metadata
TABLES = (
    collectivities,
    devices,
    entries,
    invoices,
    job_runs,
    journal,
    mails,
    order_records,
    order_works,
    planning,
    repair_orders,
    requests,
    stock,
    tariffs,
    users,
    vehicles,
    work_time,
)
