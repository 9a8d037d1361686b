"""The first tables, and what the database itself refuses (rules B7, B8, O2)"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FROZEN = ("invoices", "invoice_orders", "invoice_lines", "invoice_vat", "journal")
PRINTED = ("invoice_orders", "invoice_lines", "invoice_vat")
BILLED = "EXISTS (SELECT 1 FROM live_billings WHERE order_line_id = OLD.id)"
OWED = (
    "NEW.collectivity_id <> OLD.collectivity_id AND EXISTS (SELECT 1 FROM live_billings b "
    "JOIN order_lines l ON l.id = b.order_line_id WHERE l.order_id = OLD.id)"
)


def _guards() -> list[tuple[str, str, str, str]]:
    """Table, act, condition, words: what the database itself refuses (rules B7, B8, O2)."""
    frozen = [(table, act, "", "frozen") for table in FROZEN for act in ("UPDATE", "DELETE")]
    sealed = [
        (table, "INSERT", "EXISTS (SELECT 1 FROM invoice_files WHERE invoice_id = NEW.invoice_id)", "printed")
        for table in PRINTED
    ]
    billed = [("order_lines", act, BILLED, "billed") for act in ("UPDATE", "DELETE")]
    return [*frozen, *sealed, *billed, ("repair_orders", "UPDATE", OWED, "billed")]


def _create_guards() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, act, condition, words in _guards():
            op.execute(
                f"CREATE TRIGGER guard_{table}_{act.lower()} BEFORE {act} ON {table} "
                + (f"WHEN {condition} " if condition else "")
                + f"BEGIN SELECT RAISE(ABORT, '{table}: {words}'); END"
            )
        return
    for table, act, condition, words in _guards():
        name = f"guard_{table}_{act.lower()}"
        row = "OLD" if act == "DELETE" else "NEW"
        refuse = f"RAISE EXCEPTION '{table}: {words}' USING ERRCODE = 'integrity_constraint_violation';"
        body = f"IF {condition} THEN {refuse} END IF;" if condition else refuse
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {row}; END $$")
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}_delete()"
        )


def _drop_guards() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, act, _, _ in _guards():
        name = f"guard_{table}_{act.lower()}"
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP FUNCTION {name}() CASCADE")


def upgrade() -> None:
    op.create_table(
        "collectivities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "epci",
                "commune",
                "spl",
                "syndicat",
                "ccas",
                "other",
                name="collectivitykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("insee_code", sa.String(length=5), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.String(length=10), nullable=True),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("emails", sa.Text(), nullable=True),
        sa.Column("code_service", sa.String(length=100), nullable=True),
        sa.Column("third_party_code", sa.String(length=50), nullable=True),
        sa.Column("engagement_required", sa.Boolean(), nullable=False),
        sa.Column("is_issuer", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collectivities"),
        sa.UniqueConstraint("code", name="uq_collectivities_code"),
    )
    op.create_index(
        "uq_collectivities_issuer",
        "collectivities",
        ["is_issuer"],
        unique=True,
        sqlite_where=sa.text("is_issuer"),
        postgresql_where=sa.text("is_issuer"),
    )
    op.create_table(
        "numbering",
        sa.Column("series", sa.String(length=5), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("last_issued_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name="pk_numbering"),
    )
    op.create_table(
        "parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("search_text", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("bin", sa.String(length=50), nullable=True),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("supplier", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_parts"),
        sa.UniqueConstraint("reference", name="uq_parts_reference"),
    )
    op.create_index("ix_parts_search_text", "parts", ["search_text"], unique=False)
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_key_at", "sign_in_failures", ["key", "at"], unique=False)
    op.create_table(
        "tariff_grids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("draft", "published", name="gridstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("deliberation", sa.String(length=200), nullable=True),
        sa.Column("deliberated_on", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ck_tariff_grids_span"),
        sa.PrimaryKeyConstraint("id", name="pk_tariff_grids"),
        sa.UniqueConstraint("name", name="uq_tariff_grids_name"),
    )
    op.create_table(
        "conventions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collectivity_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "category",
            sa.Enum("founder", "partner", name="category", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "regime",
            sa.Enum(
                "out_of_scope",
                "exempt",
                "taxed",
                name="vatregime",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("structure_fee", sa.Boolean(), nullable=False),
        sa.Column("legal_basis", sa.String(length=200), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("forecast_hours", sa.BigInteger(), nullable=True),
        sa.Column("ceiling", sa.BigInteger(), nullable=True),
        sa.Column("notice_months", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ck_conventions_span"),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_conventions_collectivity_id_collectivities"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conventions"),
        sa.UniqueConstraint("collectivity_id", "starts_on", name="uq_conventions_collectivity_id_starts_on"),
    )
    op.create_table(
        "part_barcodes",
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name="fk_part_barcodes_part_id_parts"),
        sa.PrimaryKeyConstraint("code", name="pk_part_barcodes"),
    )
    op.create_index("ix_part_barcodes_part_id", "part_barcodes", ["part_id"], unique=False)
    op.create_table(
        "tariff_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column(
            "nature",
            sa.Enum(
                "labour",
                "flat",
                "parts",
                "external",
                "structure",
                name="tariffnature",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("founder_price", sa.BigInteger(), nullable=False),
        sa.Column("partner_price", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.String(length=50), nullable=True),
        sa.ForeignKeyConstraint(["grid_id"], ["tariff_grids.id"], name="fk_tariff_lines_grid_id_tariff_grids"),
        sa.PrimaryKeyConstraint("id", name="pk_tariff_lines"),
        sa.UniqueConstraint("grid_id", "code", name="uq_tariff_lines_grid_id_code"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "mechanic",
                "head",
                "collectivity",
                "accounting",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("collectivity_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_token", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'collectivity') = (collectivity_id IS NOT NULL)", name="ck_users_collectivity_of_role"
        ),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_users_collectivity_id_collectivities"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_collectivity_id", "users", ["collectivity_id"], unique=False)
    op.create_table(
        "vehicles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fleet_number", sa.String(length=50), nullable=False),
        sa.Column("registration", sa.String(length=20), nullable=True),
        sa.Column("vin", sa.String(length=30), nullable=True),
        sa.Column("collectivity_id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "vehicle",
                "machine",
                "trailer",
                "equipment",
                name="vehicletype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("national_kind", sa.String(length=20), nullable=True),
        sa.Column("make", sa.String(length=100), nullable=True),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column("energy", sa.String(length=50), nullable=True),
        sa.Column("first_registered_on", sa.Date(), nullable=True),
        sa.Column("meter", sa.Integer(), nullable=True),
        sa.Column(
            "meter_unit",
            sa.Enum("km", "h", name="meterunit", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_vehicles_collectivity_id_collectivities"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vehicles"),
        sa.UniqueConstraint("fleet_number", name="uq_vehicles_fleet_number"),
    )
    op.create_index("ix_vehicles_collectivity_id", "vehicles", ["collectivity_id"], unique=False)
    op.create_index("ix_vehicles_registration", "vehicles", ["registration"], unique=False)
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=50), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alive_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('asked', 'running', 'done', 'failed')", name="ck_job_runs_outcome"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name="fk_job_runs_asked_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_job_runs"),
        sa.UniqueConstraint("job", "slot", name="uq_job_runs_job_slot"),
    )
    op.create_index("ix_job_runs_job", "job_runs", ["job"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=50), nullable=False),
        sa.Column("subject_key", sa.String(length=100), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_journal_actor_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_actor_id", "journal", ["actor_id"], unique=False)
    op.create_index("ix_journal_subject", "journal", ["subject", "subject_key"], unique=False)
    op.create_table(
        "repair_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("collectivity_id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=True),
        sa.Column("object_label", sa.String(length=200), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "requested",
                "planned",
                "in_progress",
                "waiting_part",
                "waiting_agreement",
                "blocked",
                "to_check",
                "done",
                "invoiced",
                "cancelled",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "preventive",
                "breakdown",
                "inspection",
                "accident",
                "locksmith",
                "site",
                "other",
                name="orderkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("works", sa.Text(), nullable=True),
        sa.Column("meter", sa.Integer(), nullable=True),
        sa.Column("requester", sa.String(length=200), nullable=True),
        sa.Column("service", sa.String(length=200), nullable=True),
        sa.Column("engagement", sa.String(length=100), nullable=True),
        sa.Column("forced_reason", sa.String(length=500), nullable=True),
        sa.Column("floor_waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_reason", sa.String(length=500), nullable=True),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "vehicle_id IS NOT NULL OR object_label IS NOT NULL", name="ck_repair_orders_vehicle_or_object"
        ),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_repair_orders_collectivity_id_collectivities"
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name="fk_repair_orders_created_by_id_users"),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name="fk_repair_orders_vehicle_id_vehicles"),
        sa.PrimaryKeyConstraint("id", name="pk_repair_orders"),
        sa.UniqueConstraint("form_token", name="uq_repair_orders_form_token"),
        sa.UniqueConstraint("number", name="uq_repair_orders_number"),
    )
    op.create_index(
        "ix_repair_orders_collectivity_number", "repair_orders", ["collectivity_id", "number"], unique=False
    )
    op.create_index(
        "ix_repair_orders_collectivity_state_number",
        "repair_orders",
        ["collectivity_id", "state", "number"],
        unique=False,
    )
    op.create_index(
        "ix_repair_orders_object_number",
        "repair_orders",
        ["object_label", "number"],
        unique=False,
        sqlite_where=sa.text("object_label IS NOT NULL"),
        postgresql_where=sa.text("object_label IS NOT NULL"),
    )
    op.create_index(
        "ix_repair_orders_ready",
        "repair_orders",
        ["collectivity_id", "closed_on"],
        unique=False,
        sqlite_where=sa.text("state = 'done'"),
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_index("ix_repair_orders_state_number", "repair_orders", ["state", "number"], unique=False)
    op.create_index("ix_repair_orders_vehicle_number", "repair_orders", ["vehicle_id", "number"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invoice",
                "credit_note",
                "internal_statement",
                name="billkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("series", sa.String(length=5), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("collectivity_id", sa.Integer(), nullable=False),
        sa.Column(
            "regime",
            sa.Enum(
                "out_of_scope",
                "exempt",
                "taxed",
                name="vatregime",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("engagement", sa.String(length=100), nullable=True),
        sa.Column("code_service", sa.String(length=100), nullable=True),
        sa.Column("third_party_code", sa.String(length=50), nullable=True),
        sa.Column("issuer", sa.JSON(), nullable=False),
        sa.Column("addressee", sa.JSON(), nullable=False),
        sa.Column("conventions", sa.JSON(), nullable=False),
        sa.Column("grids", sa.JSON(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("credited_invoice_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("late_payment_text", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_invoices_collectivity_id_collectivities"
        ),
        sa.ForeignKeyConstraint(
            ["credited_invoice_id"], ["invoices.id"], name="fk_invoices_credited_invoice_id_invoices"
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name="fk_invoices_issued_by_id_users"),
        sa.ForeignKeyConstraint(["run_id"], ["job_runs.id"], name="fk_invoices_run_id_job_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("number", name="uq_invoices_number"),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_invoices_series_year_sequence"),
    )
    op.create_index("ix_invoices_collectivity", "invoices", ["collectivity_id", "issued_on"], unique=False)
    op.create_index("ix_invoices_credited_invoice_id", "invoices", ["credited_invoice_id"], unique=False)
    op.create_index("ix_invoices_quarter", "invoices", ["quarter", "series", "year", "sequence"], unique=False)
    op.create_index("ix_invoices_run_id", "invoices", ["run_id"], unique=False)
    op.create_table(
        "meter_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["repair_orders.id"], name="fk_meter_readings_order_id_repair_orders"),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name="fk_meter_readings_vehicle_id_vehicles"),
        sa.PrimaryKeyConstraint("id", name="pk_meter_readings"),
    )
    op.create_index("ix_meter_readings_order_id", "meter_readings", ["order_id"], unique=False)
    op.create_index("ix_meter_readings_vehicle_day", "meter_readings", ["vehicle_id", "read_on"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column(
            "nature",
            sa.Enum(
                "labour",
                "flat",
                "part",
                "external",
                name="linenature",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("mechanic_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("bought_for_order", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=500), nullable=True),
        sa.Column("supplier", sa.String(length=200), nullable=True),
        sa.Column("supplier_invoice", sa.String(length=100), nullable=True),
        sa.Column("non_billable_reason", sa.String(length=500), nullable=True),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(nature = 'labour') = (minutes IS NOT NULL)", name="ck_order_lines_minutes_of_labour"),
        sa.CheckConstraint("(nature = 'labour') = (quantity IS NULL)", name="ck_order_lines_quantity_of_others"),
        sa.CheckConstraint("(nature = 'part') = (part_id IS NOT NULL)", name="ck_order_lines_part_of_part"),
        sa.CheckConstraint("minutes > 0", name="ck_order_lines_minutes"),
        sa.CheckConstraint("quantity > 0", name="ck_order_lines_quantity"),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name="fk_order_lines_created_by_id_users"),
        sa.ForeignKeyConstraint(["mechanic_id"], ["users.id"], name="fk_order_lines_mechanic_id_users"),
        sa.ForeignKeyConstraint(["order_id"], ["repair_orders.id"], name="fk_order_lines_order_id_repair_orders"),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name="fk_order_lines_part_id_parts"),
        sa.PrimaryKeyConstraint("id", name="pk_order_lines"),
        sa.UniqueConstraint("form_token", name="uq_order_lines_form_token"),
        sa.UniqueConstraint("order_id", "rank", name="uq_order_lines_order_id_rank"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_lines_mechanic_id", "order_lines", ["mechanic_id"], unique=False)
    op.create_index("ix_order_lines_part_id", "order_lines", ["part_id"], unique=False)
    op.create_table(
        "order_state_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "requested",
                "planned",
                "in_progress",
                "waiting_part",
                "waiting_agreement",
                "blocked",
                "to_check",
                "done",
                "invoiced",
                "cancelled",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_order_state_changes_actor_id_users"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["repair_orders.id"], name="fk_order_state_changes_order_id_repair_orders"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_state_changes"),
    )
    op.create_index("ix_order_state_changes_order_id", "order_state_changes", ["order_id"], unique=False)
    op.create_table(
        "invoice_files",
        sa.Column("invoice_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_files_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("invoice_id", name="pk_invoice_files"),
        sa.UniqueConstraint("path", name="uq_invoice_files_path"),
    )
    op.create_table(
        "invoice_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("fleet_number", sa.String(length=50), nullable=True),
        sa.Column("registration", sa.String(length=20), nullable=True),
        sa.Column("vehicle_label", sa.String(length=250), nullable=True),
        sa.Column("object_label", sa.String(length=200), nullable=True),
        sa.Column("meter", sa.Integer(), nullable=True),
        sa.Column("meter_unit", sa.String(length=5), nullable=True),
        sa.Column("requester", sa.String(length=200), nullable=True),
        sa.Column("service", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("late_quarter", sa.String(length=7), nullable=True),
        sa.Column("complement_of_id", sa.Integer(), nullable=True),
        sa.Column("lines_until_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complement_of_id"], ["invoices.id"], name="fk_invoice_orders_complement_of_id_invoices"
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_orders_invoice_id_invoices"),
        sa.ForeignKeyConstraint(["order_id"], ["repair_orders.id"], name="fk_invoice_orders_order_id_repair_orders"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_orders"),
        sa.UniqueConstraint("invoice_id", "position", name="uq_invoice_orders_invoice_id_position"),
    )
    op.create_index("ix_invoice_orders_complement_of_id", "invoice_orders", ["complement_of_id"], unique=False)
    op.create_index("ix_invoice_orders_order_id", "invoice_orders", ["order_id"], unique=False)
    op.create_table(
        "invoice_vat",
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_vat_invoice_id_invoices"),
        sa.PrimaryKeyConstraint("invoice_id", "rate", name="pk_invoice_vat"),
    )
    op.create_table(
        "live_billings",
        sa.Column("order_line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_live_billings_invoice_id_invoices"),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name="fk_live_billings_order_line_id_order_lines"
        ),
        sa.PrimaryKeyConstraint("order_line_id", name="pk_live_billings"),
    )
    op.create_index("ix_live_billings_invoice_id", "live_billings", ["invoice_id"], unique=False)
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receipt",
                "issue",
                "return",
                "loss",
                "count",
                name="movementkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=False),
        sa.Column("average_cost", sa.BigInteger(), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_stock_movements_actor_id_users"),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name="fk_stock_movements_order_line_id_order_lines"
        ),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name="fk_stock_movements_part_id_parts"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stock_movements_order_line_id", "stock_movements", ["order_line_id"], unique=False)
    op.create_index("ix_stock_movements_part", "stock_movements", ["part_id", "id", "quantity"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("invoice_order_id", sa.Integer(), nullable=True),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column(
            "nature",
            sa.Enum(
                "labour",
                "flat",
                "part",
                "external",
                "structure",
                name="billednature",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=500), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("grid", sa.String(length=50), nullable=False),
        sa.Column("grid_starts_on", sa.Date(), nullable=False),
        sa.Column("convention_id", sa.Integer(), nullable=True),
        sa.Column("convention_starts_on", sa.Date(), nullable=False),
        sa.Column(
            "category",
            sa.Enum("founder", "partner", name="category", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("article", sa.String(length=50), nullable=True),
        sa.Column("supplier", sa.String(length=200), nullable=True),
        sa.Column("supplier_invoice", sa.String(length=100), nullable=True),
        sa.Column("non_billable_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["convention_id"], ["conventions.id"], name="fk_invoice_lines_convention_id_conventions"
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["tariff_grids.id"], name="fk_invoice_lines_grid_id_tariff_grids"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_lines_invoice_id_invoices"),
        sa.ForeignKeyConstraint(
            ["invoice_order_id"], ["invoice_orders.id"], name="fk_invoice_lines_invoice_order_id_invoice_orders"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name="fk_invoice_lines_order_line_id_order_lines"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_lines"),
        sa.UniqueConstraint("invoice_id", "position", name="uq_invoice_lines_invoice_id_position"),
    )
    op.create_index("ix_invoice_lines_convention_id", "invoice_lines", ["convention_id"], unique=False)
    op.create_index("ix_invoice_lines_grid_id", "invoice_lines", ["grid_id"], unique=False)
    op.create_index("ix_invoice_lines_invoice_order_id", "invoice_lines", ["invoice_order_id"], unique=False)
    op.create_index("ix_invoice_lines_order_line_id", "invoice_lines", ["order_line_id"], unique=False)
    _create_guards()


def downgrade() -> None:
    _drop_guards()
    op.drop_table("invoice_lines")
    op.drop_table("stock_movements")
    op.drop_table("live_billings")
    op.drop_table("invoice_vat")
    op.drop_table("invoice_orders")
    op.drop_table("invoice_files")
    op.drop_table("order_state_changes")
    op.drop_table("order_lines")
    op.drop_table("meter_readings")
    op.drop_table("invoices")
    op.drop_table("repair_orders")
    op.drop_table("journal")
    op.drop_table("job_runs")
    op.drop_table("vehicles")
    op.drop_table("users")
    op.drop_table("tariff_lines")
    op.drop_table("part_barcodes")
    op.drop_table("conventions")
    op.drop_table("tariff_grids")
    op.drop_table("sign_in_failures")
    op.drop_table("parts")
    op.drop_table("numbering")
    op.drop_table("collectivities")
