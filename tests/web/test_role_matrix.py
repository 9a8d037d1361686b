"""Every address × everybody: one table says who may reach what; an address that is not in it fails."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from garage.db.models.invoices import Invoice
from garage.db.models.job_runs import JobRun
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.domain.permissions import Role

from .accounting import NOW, Shop, shop
from .harness import Site

Make = Callable[..., Site]
M, H, C, A, X = Role.MECHANIC, Role.HEAD, Role.COLLECTIVITY, Role.ACCOUNTING, Role.ADMIN
EVERYBODY = None
NOBODY: set[Role] = set()  # only a device of the workshop
WORKSHOP, READERS, BILLS = {M, H}, {M, H, A}, {A, C}

# From the rules («People»): who may reach each address, by method when they differ. None is open to the street.
MAY: dict[str, set[Role] | None] = {
    "health.health": EVERYBODY,
    "offline.manifest": EVERYBODY,
    "offline.page": EVERYBODY,
    "offline.worker": EVERYBODY,
    "pages.accessibility": EVERYBODY,
    "pages.appearance": EVERYBODY,
    "guide.index": EVERYBODY,
    "guide.chapter": EVERYBODY,
    "guide.picture": EVERYBODY,
    "pages.home": EVERYBODY,
    "pages.legal": EVERYBODY,
    "pages.privacy": EVERYBODY,
    "pages.site_map": EVERYBODY,
    "pages.style_guide": EVERYBODY,
    "requests.report": EVERYBODY,
    "requests.follow": EVERYBODY,
    "requests.follow_photo": EVERYBODY,
    "requests.received": EVERYBODY,
    "sign_in.sign_in": EVERYBODY,
    "sign_in.sign_out": EVERYBODY,
    # Mechanic and head work on orders; accounting reads them.
    "orders.index": READERS,
    "orders.show": READERS,
    "orders.table": READERS,
    "orders.new": WORKSHOP,
    "orders.add_bought": WORKSHOP,
    "orders.add_flat": WORKSHOP,
    "orders.add_labour": WORKSHOP,
    "orders.add_part": WORKSHOP,
    "orders.parts": WORKSHOP,
    "orders.works": WORKSHOP,
    "orders.work": READERS,
    "orders.line": READERS,
    "packages.index": {H},
    "packages.new": {H},
    "packages.change": {H},
    "packages.archive": {H},
    "packages.restore": {H},
    # A code leads each to what is theirs; the workshop alone reads, ties and prints codes, the head prints badges.
    "scan.go": EVERYBODY,
    "scan.index": WORKSHOP,
    "scan.bin_parts": WORKSHOP,
    "scan.tie_part": WORKSHOP,
    "scan.tie_vehicle": WORKSHOP,
    "fleet.index": WORKSHOP,
    "fleet.table": WORKSHOP,
    "fleet.show": WORKSHOP,
    "labels.vehicles": WORKSHOP,
    "labels.parts": WORKSHOP,
    "labels.bins": WORKSHOP,
    "labels.vehicles_pdf": WORKSHOP,
    "labels.parts_pdf": WORKSHOP,
    "labels.bins_pdf": WORKSHOP,
    "labels.trial": WORKSHOP,
    "labels.badges": {H},
    "labels.badge": {H},
    "entries.receive": WORKSHOP,
    "entries.token": WORKSHOP,
    "held.mine": WORKSHOP,
    "held.index": {H},
    "held.photo": {H},
    "held.change": {H},
    "held.record": {H},
    "held.set_aside": {H},
    "orders.finish": WORKSHOP,
    "orders.change": WORKSHOP,
    "orders.cost": WORKSHOP,
    "orders.quick": WORKSHOP,
    "orders.expected": {H},
    "photos.show": READERS,
    "photos.thumbnail": READERS,
    "orders.move": WORKSHOP,
    "orders.remove_line": WORKSHOP,
    # Time spent: one's own for a mechanic, anybody's for the head, who alone sees the workshop's.
    "my_day.index": WORKSHOP,
    "work_time.index": WORKSHOP,
    "work_time.new": WORKSHOP,
    "work_time.balance": WORKSHOP,
    "work_time.segment": WORKSHOP,
    "work_time.report": WORKSHOP,
    "work_time.report_csv": WORKSHOP,
    "work_time.board": {H},
    "work_time.stop": {H},
    # The head checks, closes, receives parts and knows what external work costs.
    "orders.add_external": {H},
    "orders.debtor": {H, A},
    "orders.correct_line": {H},
    "orders.check": {H},
    "orders.settle": {H},
    "orders.check_several": {H},
    "orders.send_back_several": {H},
    "orders.paper": READERS,
    "orders.papers": READERS,
    "orders.save_view": READERS,
    "orders.drop_view": READERS,
    "cockpit.index": {H, A},
    "cockpit.table": {H, A},
    "stock.index": READERS,
    "stock.show": READERS,
    "stock.table": READERS,
    "stock.receive": {H},
    # Whoever reads values enters and matches suppliers' invoices; the head accepts them.
    "supplier_invoices.index": {H, A},
    "supplier_invoices.table": {H, A},
    "supplier_invoices.show": {H, A},
    "supplier_invoices.photo": {H, A},
    "supplier_invoices.new": {H, A},
    "supplier_invoices.change": {H, A},
    "supplier_invoices.withdraw": {H, A},
    "supplier_invoices.match": {H, A},
    "supplier_invoices.free": {H, A},
    "supplier_invoices.remove": {H, A},
    "supplier_invoices.accept": {H},
    "supplier_invoices.dispute": {H, A},
    "supplier_invoices.resume": {H, A},
    "unmatched.index": {H, A},
    "unmatched.table": {H, A},
    "stock_cards.card": {H, A},
    "stock_cards.table": {H, A},
    "stock_cards.paper": {H, A},
    "stock_cards.fitted": READERS,
    "stock_cards.fitted_table": READERS,
    "stock_value.index": {H, A},
    "stock_value.by_part": {H, A},
    "stock_value.by_bin": {H, A},
    "stock_changes.index": {H, A},
    "stock_changes.table": {H, A},
    "stock_changes.paper": {H, A},
    "stock_value.table": {H, A},
    "stock_value.paper": {H, A},
    "stock_years.index": {H, A},
    "stock_years.show": {H, A},
    "stock_years.table": {H, A},
    "stock_years.paper": {H, A},
    "stock_years.freeze": {H, A},
    "stock_rotation.dormant": {H, A},
    "stock_rotation.dormant_table": {H, A},
    "stock_rotation.turnover": {H, A},
    "stock_rotation.turnover_table": {H, A},
    # The storekeeper's desk; everybody who reads the stock reads its movements, the workshop takes, keeps and asks.
    "store_desk.index": {H, A},
    "movements.index": READERS,
    "movements.table": READERS,
    "movements.forced": {H, A},
    "movements.forced_table": {H, A},
    "movements.transfer": {H},
    "movements.lose": {H},
    "movements.price": {H},
    "fluids.index": WORKSHOP,
    "fluids.pour": WORKSHOP,
    "reservations.index": READERS,
    "reservations.table": READERS,
    "reservations.keep": WORKSHOP,
    "reservations.release": WORKSHOP,
    "part_requests.index": {H},
    "part_requests.table": {H},
    "part_requests.ask": WORKSHOP,
    "part_requests.answer": {H},
    "part_requests.withdraw": WORKSHOP,
    "part_requests.photo": READERS,
    # What is bought: the storekeeper orders and receives, accounting reads it and writes the credits that come.
    "reorder.index": {H},
    "reorder.turn": {H},
    "reorder.table": {H},
    "reorder.for_order": {H},
    "purchases.index": {H, A},
    "purchases.table": {H, A},
    "purchases.show": {H, A},
    "purchases.pdf": {H, A},
    "purchases.new": {H},
    "purchases.change": {H},
    "purchases.add_line": {H},
    "purchases.send": {H},
    "purchases.mail_again": {H},
    "purchases.expect": {H},
    "purchases.close": {H},
    "purchases.cancel_line": {H},
    "goods_receipts.index": {H, A},
    "goods_receipts.table": {H, A},
    "goods_receipts.show": {H, A},
    "goods_receipts.photo": {H, A},
    "goods_receipts.choose": {H},
    "goods_receipts.receive": {H},
    "goods_receipts.scan": {H},
    "receipt_corrections.undo": {H},
    "supplier_returns.index": {H, A},
    "supplier_returns.table": {H, A},
    "supplier_returns.new": {H},
    "supplier_returns.credited": {H, A},
    # The catalogue: read by whoever reads the stock, kept by the storekeeper; deposits are money.
    "parts.new": {H},
    "parts.change": {H},
    "parts.retire": {H},
    "parts.restore": {H},
    "parts.photo": {H},
    "parts.no_photo": {H},
    "parts.equivalents": READERS,
    "parts.picture": READERS,
    "parts.thumbnail": READERS,
    "stores.index": READERS,
    "stores.show": READERS,
    "stores.table": READERS,
    "stores.new": {H},
    "stores.change": {H},
    "stores.close": {H},
    "stores.reopen": {H},
    "stores.new_bin": {H},
    "stores.rename_bin": {H},
    "stores.close_bin": {H},
    "stores.reopen_bin": {H},
    "suppliers.index": READERS,
    "suppliers.table": READERS,
    "suppliers.offers": {H, A},
    "suppliers.show": READERS,
    "suppliers.new": {H},
    "suppliers.change": {H},
    "core_deposits.index": {H, A},
    "core_deposits.table": {H, A},
    "core_deposits.new": {H},
    "core_deposits.send": {H},
    "core_deposits.credit": {H},
    "core_deposits.abandon": {H},
    "waste.index": READERS,
    "waste.table": READERS,
    "waste.new": {H},
    "waste.treat": {H},
    # The workshop counts, blind; the head and accounting open, check, approve and give up.
    "counts.index": READERS,
    "counts.list_table": READERS,
    "counts.result": {H, A},
    "counts.minutes": {H, A},
    "counts.show": READERS,
    "counts.sheet": READERS,
    "counts.table": READERS,
    "counts.scan": WORKSHOP,
    "counts.enter": WORKSHOP,
    "counts.file": WORKSHOP,
    "counts.hand_over": WORKSHOP,
    "counts.new": {H, A},
    "counts.due": {H, A},
    "counts.due_table": {H, A},
    "counts.approve": {H, A},
    "counts.send_back": {H, A},
    "counts.count_again": {H, A},
    "counts.cancel": {H, A},
    "dashboard.index": {H},
    "dashboard.closing": {H},
    "dashboard.orders": {H},
    "planning.index": {H},
    "planning.table": {H},
    "planning.card": {H},
    "planning.remove": {H},
    "planning.hours": {H},
    # Everybody of the workshop and accounting searches; the wall shows orders, no price.
    "search.index": READERS,
    "wall.index": READERS,
    # Accounting previews and issues bills; a collectivity reads its own.
    "invoicing.index": {A},
    "invoicing.preview": {A},
    "invoicing.overview": {A},
    "invoicing.every_pdf": {A},
    "invoicing.draft_pdf": {A},
    "invoicing.comparison_csv": {A},
    "carried.index": {A},
    "carried.release": {A},
    "carried.hold": {A},
    "left_to_bill.index": {A},
    "left_to_bill.table": {A},
    "left_to_bill.paper": {A},
    "year_end.index": {A},
    "invoicing.preview_csv": {A},
    "invoicing.draft": {A},
    "invoicing.release": {A},
    "invoicing.confirm": {A},
    "invoicing.progress": {A},
    "invoicing.print_again": {A},
    "invoices.index": {A},
    "invoices.archive": {A},
    "invoices.show": BILLS,
    "bill_lines.show": BILLS,
    "invoices.pdf": BILLS,
    "invoices.xml": BILLS,
    "invoices.lines_csv": BILLS,
    "invoices.mine": {C},
    # Corrections are accounting's alone.
    "credit_notes.choose": {A},
    "credit_notes.complete": {A},
    "credit_notes.prepare": {A},
    "credit_notes.index": {A},
    "credit_notes.show": {A},
    "credit_notes.change": {A},
    "credit_notes.review": {A},
    "credit_notes.drop": {A},
    "credit_notes.issue": {A},
    "recovery.index": {A},
    "recovery.table": {A},
    "recovery.ages": {A},
    "recovery.ages_table": {A},
    "recovery.returns": {A},
    "recovery.one_return": {A},
    "recovery.to_fill": {A},
    "recovery.titre": {A},
    "recovery.payment": {A},
    "recovery.refund": {A},
    "recovery.offset": {A},
    "recovery.void": {A},
    "recovery.account": BILLS,
    "recovery.account_pdf": BILLS,
    "recovery.mine": {C},
    "recovery.mine_pdf": {C},
    # Bundles for the finance application.
    "finance_exports.index": {A},
    "finance_exports.new": {A},
    "finance_exports.show": {A},
    "finance_exports.download": {A},
    "finance_exports.finish": {A},
    "finance_exports.transmit": {A},
    "finance_exports.take_back": {A},
    # A collectivity reads its quarter before the bill and asks about a line; the head and accounting answer.
    "questions.preview": {C},
    "questions.draft": {C},
    "questions.ask": {C},
    "questions.ask_on_bill": {C},
    "questions.index": {C, H, A},
    "questions.show": {C, H, A},
    "questions.answer": {H, A},
    "bill_mails.index": {A},
    "bill_mails.send": {A},
    "bill_mails.send_given_up": {A},
    # Accounting keeps the collectivities, their conventions and the settings.
    "collectivities.index": {A},
    "collectivities.table": {A},
    "collectivities.new": {A},
    "collectivities.show": {A},
    "collectivities.change": {A},
    "collectivities.bind": {A},
    "collectivities.amend": {A},
    "settings.index": {A},
    "settings.change": {A},
    "settings.start": {A},
    # A collectivity asks for work and follows its own requests; the workshop reads all; the head answers.
    "requests.ask": {C},
    "requests.index": {*READERS, C},
    "requests.show": {*READERS, C},
    "requests.photo": {*READERS, C},
    "requests.accept": {H},
    "requests.refuse": {H},
    "requests.reopen": {H},
    "vehicles.index": {C},
    "vehicles.index_csv": {C},
    "vehicles.show": {C},
    # The administrator: people, journal; tasks are also accounting's.
    # Devices: the head's and the administrator's; names and badges belong to whoever stands at a shared tablet.
    "devices.index": {H, X},
    "devices.new": {H, X},
    "devices.rename": {H, X},
    "devices.revoke": {H, X},
    "devices.give_pin": {H},
    "devices.present": NOBODY,
    "operators.index": NOBODY,
    "operators.ask": NOBODY,
    "operators.enter": NOBODY,
    "operators.badge": NOBODY,
    "operators.lock": EVERYBODY,
    "operators.touched": set(Role),
    "account.show": set(Role),
    "account.pin": WORKSHOP,
    "account.more": WORKSHOP,
    "account.remaining": EVERYBODY,
    "account.renew": EVERYBODY,
    "users.withdraw": {X},
    "users.index": {X},
    "users.new": {X},
    "users.change": {X},
    "journal.index": {X},
    "mails.index": {X},
    "mails.send_again": {X},
    "job_runs.index": {X, A},
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def billed(make_site: Make, tmp_path: Path) -> Shop:
    """A garage whose third quarter is issued."""
    made = shop(make_site, tmp_path / "pdf")
    made.issue()
    return made


def _rules(site: Site) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in site.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _address(rule: Rule) -> str:
    """An address of the rule that leads to nothing: only who may come in is looked at."""
    return re.sub(r"<int[^>]*>", "9999", re.sub(r"<(?!int)[^>]*>", "rien", rule.rule))


def _reach(client: FlaskClient, rule: Rule, method: str) -> tuple[int, str]:
    answer = client.open(_address(rule), method=method)
    found = answer.status_code, answer.location or ""
    answer.close()
    return found


def _everybody(billed: Shop) -> dict[Role | None, FlaskClient]:
    return {None: billed.site.client(), **{role: billed.site.client(role) for role in Role}}


def test_the_table_knows_every_address_and_no_other(site: Site) -> None:
    assert {rule.endpoint for rule in site.app.url_map.iter_rules()} == set(MAY)


def test_everybody_reaches_what_is_theirs_and_nothing_else(billed: Shop) -> None:
    people = _everybody(billed)
    faults: list[str] = []
    for rule, method in _rules(billed.site):
        allowed = MAY.get(rule.endpoint, set())
        if allowed is EVERYBODY:
            continue
        for role, client in people.items():
            status, location = _reach(client, rule, method)
            if role is None:
                right = status == 303 and location.startswith("/connexion")
            elif role in allowed:
                right = status < 500 and status != 403 and not location.startswith("/connexion")
            else:
                right = status == 403
            if not right:
                faults.append(f"{role} {method} {rule.rule}: {status} {location}")
    assert faults == []


def test_every_refusal_is_in_the_journal_and_nothing_is_written(billed: Shop) -> None:
    def state() -> list[int | None]:
        with billed.site.database.reading() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in _TABLES]

    before = state()
    client = billed.site.client(Role.COLLECTIVITY)
    refused: list[str] = []
    for rule, method in _rules(billed.site):
        allowed = MAY.get(rule.endpoint, set())
        if allowed is not EVERYBODY and Role.COLLECTIVITY not in allowed:
            client.open(_address(rule), method=method)
            refused.append(_address(rule))
    assert state() == before
    with billed.site.database.reading() as session:
        acts = session.scalars(
            select(JournalEntry.subject_key).where(JournalEntry.action == "access.refused").order_by(JournalEntry.id)
        ).all()
    assert list(acts) == [path[:100] for path in refused]


_TABLES = (RepairOrder, OrderLine, Invoice, JobRun, User)


def test_the_street_reaches_what_is_open(site: Site) -> None:
    client = site.client()
    for rule, method in _rules(site):
        if MAY.get(rule.endpoint, set()) is EVERYBODY and method == "GET" and not rule.arguments:
            assert client.get(rule.rule).status_code == 200, rule.rule


def test_another_collectivity_s_addresses_are_not_there_and_the_journal_knows(billed: Shop) -> None:
    theirs = billed.garage.vehicles["VILLE"].id
    client = billed.site.client(Role.COLLECTIVITY)
    hidden = {
        f"/mes-vehicules/{theirs}": ("vehicle", "VILLE-1"),
        "/factures/F2026-0004": ("invoice", "F2026-0004"),
        "/factures/F2026-0004.pdf": ("invoice", "F2026-0004"),
        "/factures/F2026-0004.xml": ("invoice", "F2026-0004"),
        "/factures/R2026-0001": ("invoice", "R2026-0001"),
    }
    for path in hidden:
        assert client.get(path).status_code == 404, path
        assert client.head(path).status_code == 404, path
    with billed.site.database.reading() as session:
        acts = session.execute(
            select(JournalEntry.actor, JournalEntry.subject, JournalEntry.subject_key)
            .where(JournalEntry.action == "not_visible")
            .order_by(JournalEntry.id)
        ).all()
    assert [tuple(act) for act in acts] == [("Personne 3", *what) for what in hidden.values() for _ in range(2)]


def test_its_own_addresses_are(billed: Shop) -> None:
    client = billed.site.client(Role.COLLECTIVITY)
    own = billed.garage.vehicles["BOURG"].id
    for path in (
        f"/mes-vehicules/{own}", "/mes-vehicules", "/mes-factures", "/factures/F2026-0001", "/factures/F2026-0001.pdf",
        "/factures/F2026-0001.xml", "/factures/2026-T3.csv",
    ):  # fmt: skip
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/factures?avant=9999999999999999999999_x&collectivite=99999999999999999999&trimestre=",
        "/factures/%00",
        "/facturation/passages/99999999999999999999",
        "/facturation/2026-T3/apercu/%00?engagement=%00",
        "/taches?avant=99999999999999999999",
    ],
)
def test_strange_addresses_never_break(site: Site, path: str) -> None:
    assert site.client(Role.ACCOUNTING).get(path).status_code in {200, 404}


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (X, "/journal?nom=%00&personne=%00%25_&avant=-1"),
        (X, "/personnes?apres=%00_99999999999999999999"),
        (X, "/personnes/99999999999999999999"),
        (C, "/mes-vehicules?apres=%00"),
        (C, "/mes-vehicules/99999999999999999999"),
        (C, "/mes-factures?avant=2026-13-45_1"),
    ],
)
def test_strange_keys_begin_at_the_top(site: Site, role: Role, path: str) -> None:
    assert site.client(role).get(path).status_code in {200, 404}
