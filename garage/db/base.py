"""The declarative base: constraint names and the column type of each annotation. No table here."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from garage.db.types import UtcInstant, stored_enum
from garage.domain.collectivities import Category, CollectivityKind, VatRegime
from garage.domain.counts import CountState
from garage.domain.devices import DeviceKind
from garage.domain.entries import EntryState
from garage.domain.invoices.bill import BilledNature, BillFormat, BillKind
from garage.domain.invoices.credit_notes import CreditPurpose, CreditState
from garage.domain.order_works import CheckResult, NoteKind, WorkState
from garage.domain.part_requests import PartRequestState
from garage.domain.parts import DepositState, WasteClass
from garage.domain.permissions import Role
from garage.domain.purchases import PurchaseState, SupplierInvoiceState
from garage.domain.recovery import SettlementKind
from garage.domain.repair_orders import LineNature, OrderKind, OrderState
from garage.domain.requests import RequestState
from garage.domain.stock import MovementKind
from garage.domain.tariffs import GridStatus, TariffNature
from garage.domain.vehicles import MeterUnit, VehicleType
from garage.domain.work_time import Activity

ENUMS = (
    Category, CollectivityKind, VatRegime, BilledNature, BillKind, Role, LineNature, OrderKind, OrderState,
    MovementKind, GridStatus, TariffNature, MeterUnit, VehicleType, Activity, WorkState, CheckResult, NoteKind,
    RequestState, EntryState, DeviceKind, BillFormat, CreditPurpose, CreditState, SettlementKind,
    WasteClass, DepositState, PurchaseState, SupplierInvoiceState, PartRequestState, CountState,
)  # fmt: skip


class Base(DeclarativeBase):
    """Every table of the house."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcInstant()} | {members: stored_enum(members) for members in ENUMS}
