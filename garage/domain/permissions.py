"""Who may do what. Deny by default: a permission that a role does not list is refused (rules, «People»)."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The five roles of a garage."""

    MECHANIC = "mechanic"
    HEAD = "head"
    COLLECTIVITY = "collectivity"
    ACCOUNTING = "accounting"
    ADMIN = "admin"


class Permission(StrEnum):
    """What an address of the web asks for."""

    READ_ORDERS = "read_orders"
    WORK_ON_ORDERS = "work_on_orders"
    CHECK_ORDERS = "check_orders"
    MANAGE_WORKSHOP = "manage_workshop"
    READ_STOCK = "read_stock"
    COUNT_STOCK = "count_stock"
    MANAGE_STOCK = "manage_stock"
    READ_VALUE = "read_value"
    ENTER_SUPPLIER_INVOICES = "enter_supplier_invoices"
    READ_OWN = "read_own"
    PREVIEW_INVOICES = "preview_invoices"
    ISSUE_INVOICES = "issue_invoices"
    MANAGE_PEOPLE = "manage_people"
    READ_JOURNAL = "read_journal"


_WORKSHOP = frozenset(
    {Permission.READ_ORDERS, Permission.WORK_ON_ORDERS, Permission.READ_STOCK, Permission.COUNT_STOCK}
)

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.MECHANIC: _WORKSHOP,
    Role.HEAD: _WORKSHOP
    | {
        Permission.CHECK_ORDERS,
        Permission.MANAGE_WORKSHOP,
        Permission.MANAGE_STOCK,
        Permission.READ_VALUE,
        Permission.ENTER_SUPPLIER_INVOICES,
    },
    Role.COLLECTIVITY: frozenset({Permission.READ_OWN}),
    Role.ACCOUNTING: frozenset(
        {
            Permission.PREVIEW_INVOICES,
            Permission.ISSUE_INVOICES,
            Permission.READ_ORDERS,
            Permission.READ_STOCK,
            Permission.READ_VALUE,
            Permission.ENTER_SUPPLIER_INVOICES,
        }
    ),
    Role.ADMIN: frozenset({Permission.MANAGE_PEOPLE, Permission.READ_JOURNAL}),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether a role is granted a permission.

    >>> may(Role.MECHANIC, Permission.ISSUE_INVOICES)
    False
    """
    return permission in GRANTED[role]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, or the garage itself when `id` is None."""

    id: int | None
    name: str
    role: Role
    collectivity_id: int | None = None
