"""The stock: stores and bins, suppliers, purchases, counts, years; what a movement leaves stands beside it"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_KINDS = ('receipt', 'issue', 'return', 'loss', 'count', 'transfer', 'supplier_return', 'price')
_PART_COLUMNS = ('bin_id', 'supplier_id', 'family', 'waste', 'deposit', 'photo', 'active', 'on_hand', 'average_cost', 'value')
_WASTES = ('oil', 'battery', 'tyre', 'filter', 'coolant')
_LETTERS = str.maketrans({'œ': 'oe', 'æ': 'ae', 'ø': 'o', 'đ': 'd', 'ł': 'l', '’': "'"})
# Cents of a quantity (thousandths) at an average cost (ten thousandths of a euro), halves away from zero.
_WORTH = """CASE WHEN {q} * {c} < 0 THEN -((-({q} * {c}) * 2 + 100000) / 200000)
 ELSE ({q} * {c} * 2 + 100000) / 200000 END"""
# Beside a movement, in the same instant, the same quantity the other way at the same cost for the same line, the average
# unmoved: a part bought for one order, its line there or taken away since.
_SAME = """{other}(m.quantity) OVER w = -m.quantity AND {other}(m.unit_cost) OVER w = m.unit_cost
 AND {other}(m.kind) OVER w IN ('receipt', 'issue') AND {other}(m.kind) OVER w <> m.kind
 AND {other}(m.recorded_at) OVER w = m.recorded_at AND {other}(m.moved_on) OVER w = m.moved_on
 AND {other}(m.average_cost) OVER w = m.average_cost AND coalesce({other}(m.reason) OVER w, '') = coalesce(m.reason, '')
 AND coalesce({other}(m.order_line_id) OVER w, 0) = coalesce(m.order_line_id, 0)"""
_KEPT = 'id, part_id, kind, quantity, unit_cost, average_cost, moved_on, order_line_id, reason, forced, actor_id, recorded_at'


def _movements(kinds: tuple[str, ...], *more: sa.schema.SchemaItem) -> None:
    """The table of movements, with the columns that every version has."""
    op.create_table('stock_movements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum(*kinds, name='movementkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_cost', sa.BigInteger(), nullable=False),
    sa.Column('average_cost', sa.BigInteger(), nullable=True),
    sa.Column('moved_on', sa.Date(), nullable=False),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('forced', sa.Boolean(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    *more,
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name='fk_stock_movements_actor_id_users'),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name='fk_stock_movements_order_line_id_order_lines'),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name='fk_stock_movements_part_id_parts'),
    sa.PrimaryKeyConstraint('id', name='pk_stock_movements'),
    sqlite_autoincrement=True,
    )
    op.create_index('ix_stock_movements_order_line_id', 'stock_movements', ['order_line_id'], unique=False)
    op.create_index('ix_stock_movements_part', 'stock_movements', ['part_id', 'id', 'quantity'], unique=False)


def _plain(words: str) -> str:
    """Words as the search compares them: no case, no accent."""
    apart = unicodedata.normalize('NFKD', words.casefold().translate(_LETTERS))
    return ' '.join(''.join(letter for letter in apart if not unicodedata.combining(letter)).split())[:300]


def _take_out() -> None:
    """The movements there are, beside, and their table gone."""
    op.execute('CREATE TABLE stock_movements_before AS SELECT * FROM stock_movements')
    op.drop_table('stock_movements')


def _put_back() -> None:
    """The movements are in their new table: the next one gets the next id."""
    op.drop_table('stock_movements_before')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("SELECT setval(pg_get_serial_sequence('stock_movements', 'id'), "
                   "coalesce((SELECT max(id) FROM stock_movements), 0) + 1, false)")


def upgrade() -> None:
    op.create_table('stores',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stores')),
    sa.UniqueConstraint('code', name=op.f('uq_stores_code'))
    )
    op.create_table('suppliers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('search_text', sa.String(length=300), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('customer_number', sa.String(length=50), nullable=True),
    sa.Column('delivery_days', sa.Integer(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppliers')),
    sa.UniqueConstraint('name', name=op.f('uq_suppliers_name'))
    )
    op.create_table('bins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=50), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_bins_store_id_stores')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bins')),
    sa.UniqueConstraint('store_id', 'code', name=op.f('uq_bins_store_id_code'))
    )
    op.execute("INSERT INTO stores (id, code, name, active) VALUES (1, 'MAGASIN', 'Magasin', true)")
    op.execute("INSERT INTO bins (id, store_id, code) VALUES (1, 1, '')")
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("SELECT setval(pg_get_serial_sequence('stores', 'id'), 2, false)")
        op.execute("SELECT setval(pg_get_serial_sequence('bins', 'id'), 2, false)")
    op.execute("INSERT INTO bins (store_id, code) SELECT 1, bin FROM parts WHERE bin <> '' GROUP BY bin ORDER BY min(id)")
    op.execute("INSERT INTO suppliers (name, search_text, active, version, created_at) "
               "SELECT supplier, '', true, 1, CURRENT_TIMESTAMP FROM parts WHERE supplier <> '' GROUP BY supplier ORDER BY min(id)")
    for supplier_id, name in op.get_bind().execute(sa.text('SELECT id, name FROM suppliers')).all():
        op.get_bind().execute(sa.text('UPDATE suppliers SET search_text = :words WHERE id = :id'), {'words': _plain(name), 'id': supplier_id})
    wastes = ', '.join(f"'{one}'" for one in _WASTES)
    for column in (
        'bin_id INTEGER CONSTRAINT fk_parts_bin_id_bins REFERENCES bins (id)',
        'supplier_id INTEGER CONSTRAINT fk_parts_supplier_id_suppliers REFERENCES suppliers (id)',
        'family VARCHAR(60)',
        f'waste VARCHAR(40) CONSTRAINT ck_parts_wasteclass CHECK (waste IN ({wastes}))',
        'deposit BIGINT',
        'photo VARCHAR(64)',
        'active BOOLEAN DEFAULT true NOT NULL',
        'on_hand BIGINT DEFAULT 0 NOT NULL',
        'average_cost BIGINT',
        'value BIGINT DEFAULT 0 NOT NULL',
    ):
        op.execute(f'ALTER TABLE parts ADD COLUMN {column}')
    op.execute("UPDATE parts SET bin_id = (SELECT bins.id FROM bins WHERE bins.code = parts.bin) WHERE bin <> ''")
    op.execute("UPDATE parts SET supplier_id = (SELECT suppliers.id FROM suppliers WHERE suppliers.name = parts.supplier) "
               "WHERE supplier <> ''")
    op.drop_column('parts', 'bin')
    op.drop_column('parts', 'supplier')
    op.create_index('ix_parts_bin_id', 'parts', ['bin_id'], unique=False)
    op.create_index('ix_parts_supplier_id', 'parts', ['supplier_id'], unique=False)
    op.create_index('ix_parts_family_reference', 'parts', ['family', 'reference'], unique=False)
    op.create_index('ix_parts_on_hand', 'parts', ['on_hand', 'value'], unique=False)
    op.create_table('stock_days',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('family', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum(*_KINDS, name='movementkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('value_change', sa.BigInteger(), nullable=False),
    sa.Column('variance', sa.BigInteger(), nullable=False),
    sa.Column('paid', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'family', 'kind', name=op.f('pk_stock_days'))
    )
    op.create_table('stock_months',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('family', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum(*_KINDS, name='movementkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('value_change', sa.BigInteger(), nullable=False),
    sa.Column('variance', sa.BigInteger(), nullable=False),
    sa.Column('paid', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'family', 'kind', name=op.f('pk_stock_months'))
    )
    op.create_table('stock_totals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('until_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_totals'))
    )
    op.execute('INSERT INTO stock_totals (id, until_id) VALUES (1, 0)')
    op.create_table('goods_receipts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('delivery_note', sa.String(length=100), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('photo', sa.String(length=64), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('received_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['received_by_id'], ['users.id'], name=op.f('fk_goods_receipts_received_by_id_users')),
    sa.ForeignKeyConstraint(['supplier_id'], ['suppliers.id'], name=op.f('fk_goods_receipts_supplier_id_suppliers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_receipts')),
    sa.UniqueConstraint('form_token', name=op.f('uq_goods_receipts_form_token')),
    sa.UniqueConstraint('supplier_id', 'delivery_note', name=op.f('uq_goods_receipts_supplier_id_delivery_note')),
    sqlite_autoincrement=True,
    )
    op.create_table('purchase_orders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'ordered', 'received', 'closed', 'cancelled', name='purchasestate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=True),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('closed_reason', sa.String(length=500), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['users.id'], name=op.f('fk_purchase_orders_created_by_id_users')),
    sa.ForeignKeyConstraint(['supplier_id'], ['suppliers.id'], name=op.f('fk_purchase_orders_supplier_id_suppliers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_orders')),
    sa.UniqueConstraint('form_token', name=op.f('uq_purchase_orders_form_token')),
    sa.UniqueConstraint('number', name=op.f('uq_purchase_orders_number'))
    )
    op.create_index('ix_purchase_orders_state', 'purchase_orders', ['state', 'number'], unique=False)
    op.create_index(op.f('ix_purchase_orders_supplier_id'), 'purchase_orders', ['supplier_id'], unique=False)
    op.create_table('stock_counts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('counting', 'to_approve', 'approved', 'cancelled', name='countstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('counted_on', sa.Date(), nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['approved_by_id'], ['users.id'], name=op.f('fk_stock_counts_approved_by_id_users')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['users.id'], name=op.f('fk_stock_counts_opened_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_counts')),
    sa.UniqueConstraint('form_token', name=op.f('uq_stock_counts_form_token')),
    sa.UniqueConstraint('number', name=op.f('uq_stock_counts_number'))
    )
    op.create_table('stock_years',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('parts', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('frozen_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['frozen_by_id'], ['users.id'], name=op.f('fk_stock_years_frozen_by_id_users')),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_stock_years'))
    )
    op.create_table('supplier_invoices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=100), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('net', sa.BigInteger(), nullable=False),
    sa.Column('vat', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('to_check', 'disputed', 'accepted', name='supplierinvoicestate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('photo', sa.String(length=64), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_by_id', sa.Integer(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['accepted_by_id'], ['users.id'], name=op.f('fk_supplier_invoices_accepted_by_id_users')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['users.id'], name=op.f('fk_supplier_invoices_recorded_by_id_users')),
    sa.ForeignKeyConstraint(['supplier_id'], ['suppliers.id'], name=op.f('fk_supplier_invoices_supplier_id_suppliers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier_invoices')),
    sa.UniqueConstraint('form_token', name=op.f('uq_supplier_invoices_form_token')),
    sa.UniqueConstraint('supplier_id', 'number', name=op.f('uq_supplier_invoices_supplier_id_number')),
    sqlite_autoincrement=True,
    )
    op.create_index('ix_supplier_invoices_state', 'supplier_invoices', ['state', 'id'], unique=False)
    op.create_table('waste_slips',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('waste', sa.Enum('oil', 'battery', 'tyre', 'filter', 'coolant', name='wasteclass', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('number', sa.String(length=50), nullable=False),
    sa.Column('removed_on', sa.Date(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('carrier', sa.String(length=200), nullable=False),
    sa.Column('destination', sa.String(length=200), nullable=True),
    sa.Column('treated_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['users.id'], name=op.f('fk_waste_slips_recorded_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waste_slips')),
    sa.UniqueConstraint('number', name=op.f('uq_waste_slips_number'))
    )
    op.create_table('bin_stock',
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('bin_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['bin_id'], ['bins.id'], name=op.f('fk_bin_stock_bin_id_bins')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_bin_stock_part_id_parts')),
    sa.PrimaryKeyConstraint('part_id', 'bin_id', name=op.f('pk_bin_stock'))
    )
    op.create_index('ix_bin_stock_bin_id', 'bin_stock', ['bin_id'], unique=False)
    op.create_index('ix_bin_stock_red', 'bin_stock', ['part_id'], unique=False, sqlite_where=sa.text('quantity < 0'),
                    postgresql_where=sa.text('quantity < 0'))
    op.create_table('count_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('count_id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('bin_id', sa.Integer(), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=True),
    sa.Column('counted', sa.BigInteger(), nullable=True),
    sa.Column('counted_by_id', sa.Integer(), nullable=True),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_movement_id', sa.Integer(), nullable=False),
    sa.Column('first_expected', sa.BigInteger(), nullable=True),
    sa.Column('first_counted', sa.BigInteger(), nullable=True),
    sa.Column('first_counted_by_id', sa.Integer(), nullable=True),
    sa.Column('recount', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bin_id'], ['bins.id'], name=op.f('fk_count_lines_bin_id_bins')),
    sa.ForeignKeyConstraint(['count_id'], ['stock_counts.id'], name=op.f('fk_count_lines_count_id_stock_counts')),
    sa.ForeignKeyConstraint(['counted_by_id'], ['users.id'], name=op.f('fk_count_lines_counted_by_id_users')),
    sa.ForeignKeyConstraint(['first_counted_by_id'], ['users.id'], name=op.f('fk_count_lines_first_counted_by_id_users')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_count_lines_part_id_parts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_count_lines')),
    sa.UniqueConstraint('count_id', 'part_id', 'bin_id', name=op.f('uq_count_lines_count_id_part_id_bin_id'))
    )
    op.create_index('ix_count_lines_part_id', 'count_lines', ['part_id'], unique=False)
    op.create_table('count_hands',
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['count_lines.id'], name=op.f('fk_count_hands_line_id_count_lines')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_count_hands_user_id_users')),
    sa.PrimaryKeyConstraint('line_id', 'user_id', name=op.f('pk_count_hands'))
    )
    op.create_index('ix_count_lines_sheet', 'count_lines', ['count_id', 'id', 'recount', 'counted', 'expected'], unique=False)
    op.create_table('part_equivalents',
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('part_id < other_id', name=op.f('ck_part_equivalents_order')),
    sa.ForeignKeyConstraint(['other_id'], ['parts.id'], name=op.f('fk_part_equivalents_other_id_parts')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_part_equivalents_part_id_parts')),
    sa.PrimaryKeyConstraint('part_id', 'other_id', name=op.f('pk_part_equivalents'))
    )
    op.create_index(op.f('ix_part_equivalents_other_id'), 'part_equivalents', ['other_id'], unique=False)
    op.create_table('part_models',
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('make', sa.String(length=100), nullable=False),
    sa.Column('model', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_part_models_part_id_parts')),
    sa.PrimaryKeyConstraint('part_id', 'make', 'model', name=op.f('pk_part_models'))
    )
    op.create_index('ix_part_models_model', 'part_models', ['make', 'model'], unique=False)
    op.create_table('part_suppliers',
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('pack', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_part_suppliers_part_id_parts')),
    sa.ForeignKeyConstraint(['supplier_id'], ['suppliers.id'], name=op.f('fk_part_suppliers_supplier_id_suppliers')),
    sa.PrimaryKeyConstraint('part_id', 'supplier_id', name=op.f('pk_part_suppliers'))
    )
    op.create_index('ix_part_suppliers_supplier', 'part_suppliers', ['supplier_id', 'reference'], unique=False)
    op.create_table('purchase_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('purchase_order_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=True),
    sa.Column('supplier_reference', sa.String(length=100), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('cancelled', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('repair_order_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_purchase_lines_quantity')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_purchase_lines_part_id_parts')),
    sa.ForeignKeyConstraint(['purchase_order_id'], ['purchase_orders.id'], name=op.f('fk_purchase_lines_purchase_order_id_purchase_orders')),
    sa.ForeignKeyConstraint(['repair_order_id'], ['repair_orders.id'], name=op.f('fk_purchase_lines_repair_order_id_repair_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_lines')),
    sa.UniqueConstraint('purchase_order_id', 'rank', name=op.f('uq_purchase_lines_purchase_order_id_rank')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_purchase_lines_part_id'), 'purchase_lines', ['part_id'], unique=False)
    op.create_index(op.f('ix_purchase_lines_repair_order_id'), 'purchase_lines', ['repair_order_id'], unique=False)
    op.create_table('reservations',
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('repair_order_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('reserved_by_id', sa.Integer(), nullable=True),
    sa.Column('reserved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_reservations_quantity')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_reservations_part_id_parts')),
    sa.ForeignKeyConstraint(['repair_order_id'], ['repair_orders.id'], name=op.f('fk_reservations_repair_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['reserved_by_id'], ['users.id'], name=op.f('fk_reservations_reserved_by_id_users')),
    sa.PrimaryKeyConstraint('part_id', 'repair_order_id', name=op.f('pk_reservations')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_reservations_repair_order_id'), 'reservations', ['repair_order_id'], unique=False)
    op.create_table('stock_year_lines',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('store', sa.String(length=100), nullable=False),
    sa.Column('bin', sa.String(length=50), nullable=False),
    sa.Column('reference', sa.String(length=50), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('family', sa.String(length=60), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('average_cost', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_stock_year_lines_part_id_parts')),
    sa.ForeignKeyConstraint(['year'], ['stock_years.year'], name=op.f('fk_stock_year_lines_year_stock_years')),
    sa.PrimaryKeyConstraint('year', 'rank', name=op.f('pk_stock_year_lines'))
    )
    op.create_index('ix_stock_year_lines_part_id', 'stock_year_lines', ['part_id'], unique=False)
    op.create_table('part_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('repair_order_id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=True),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('asked', 'ready', 'ordered', 'given', 'refused', 'withdrawn', name='partrequeststate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('needed_on', sa.Date(), nullable=True),
    sa.Column('photo', sa.String(length=64), nullable=True),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=True),
    sa.Column('purchase_line_id', sa.Integer(), nullable=True),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_part_requests_answered_by_id_users')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_part_requests_asked_by_id_users')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_part_requests_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_part_requests_part_id_parts')),
    sa.ForeignKeyConstraint(['purchase_line_id'], ['purchase_lines.id'], name=op.f('fk_part_requests_purchase_line_id_purchase_lines')),
    sa.ForeignKeyConstraint(['repair_order_id'], ['repair_orders.id'], name=op.f('fk_part_requests_repair_order_id_repair_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part_requests')),
    sa.UniqueConstraint('form_token', name=op.f('uq_part_requests_form_token'))
    )
    op.create_index(op.f('ix_part_requests_order_line_id'), 'part_requests', ['order_line_id'], unique=False)
    op.create_index(op.f('ix_part_requests_part_id'), 'part_requests', ['part_id'], unique=False)
    op.create_index(op.f('ix_part_requests_purchase_line_id'), 'part_requests', ['purchase_line_id'], unique=False)
    op.create_index(op.f('ix_part_requests_repair_order_id'), 'part_requests', ['repair_order_id'], unique=False)
    op.create_index('ix_part_requests_state', 'part_requests', ['state', 'id'], unique=False)
    op.create_table('receipt_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('receipt_id', sa.Integer(), nullable=False),
    sa.Column('purchase_line_id', sa.Integer(), nullable=True),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('cost', sa.BigInteger(), nullable=False),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_receipt_lines_quantity')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_receipt_lines_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_receipt_lines_part_id_parts')),
    sa.ForeignKeyConstraint(['purchase_line_id'], ['purchase_lines.id'], name=op.f('fk_receipt_lines_purchase_line_id_purchase_lines')),
    sa.ForeignKeyConstraint(['receipt_id'], ['goods_receipts.id'], name=op.f('fk_receipt_lines_receipt_id_goods_receipts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_lines')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_receipt_lines_order_line_id'), 'receipt_lines', ['order_line_id'], unique=False)
    op.create_index(op.f('ix_receipt_lines_part_id'), 'receipt_lines', ['part_id'], unique=False)
    op.create_index(op.f('ix_receipt_lines_purchase_line_id'), 'receipt_lines', ['purchase_line_id'], unique=False)
    op.create_index(op.f('ix_receipt_lines_receipt_id'), 'receipt_lines', ['receipt_id'], unique=False)
    op.create_table('core_deposits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=True),
    sa.Column('receipt_line_id', sa.Integer(), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('owed', 'sent', 'credited', 'abandoned', name='depositstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('sent_reference', sa.String(length=100), nullable=True),
    sa.Column('credited_on', sa.Date(), nullable=True),
    sa.Column('credit_reference', sa.String(length=100), nullable=True),
    sa.Column('credited_amount', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_core_deposits_part_id_parts')),
    sa.ForeignKeyConstraint(['receipt_line_id'], ['receipt_lines.id'], name=op.f('fk_core_deposits_receipt_line_id_receipt_lines')),
    sa.ForeignKeyConstraint(['supplier_id'], ['suppliers.id'], name=op.f('fk_core_deposits_supplier_id_suppliers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_deposits')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_core_deposits_part_id'), 'core_deposits', ['part_id'], unique=False)
    op.create_index(op.f('ix_core_deposits_receipt_line_id'), 'core_deposits', ['receipt_line_id'], unique=False)
    op.create_index(op.f('ix_core_deposits_supplier_id'), 'core_deposits', ['supplier_id'], unique=False)
    op.create_table('supplier_invoice_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=False),
    sa.Column('net', sa.BigInteger(), nullable=False),
    sa.Column('receipt_line_id', sa.Integer(), nullable=True),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('repair_order_id', sa.Integer(), nullable=True),
    sa.Column('deposit_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['deposit_id'], ['core_deposits.id'], name=op.f('fk_supplier_invoice_lines_deposit_id_core_deposits')),
    sa.ForeignKeyConstraint(['invoice_id'], ['supplier_invoices.id'], name=op.f('fk_supplier_invoice_lines_invoice_id_supplier_invoices')),
    sa.ForeignKeyConstraint(['repair_order_id'], ['repair_orders.id'], name=op.f('fk_supplier_invoice_lines_repair_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_supplier_invoice_lines_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['receipt_line_id'], ['receipt_lines.id'], name=op.f('fk_supplier_invoice_lines_receipt_line_id_receipt_lines')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier_invoice_lines')),
    sa.UniqueConstraint('invoice_id', 'rank', name=op.f('uq_supplier_invoice_lines_invoice_id_rank')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_supplier_invoice_lines_deposit_id'), 'supplier_invoice_lines', ['deposit_id'], unique=False)
    op.create_index(op.f('ix_supplier_invoice_lines_order_line_id'), 'supplier_invoice_lines', ['order_line_id'], unique=False)
    op.create_index(op.f('ix_supplier_invoice_lines_receipt_line_id'), 'supplier_invoice_lines', ['receipt_line_id'], unique=False)
    _take_out()
    _movements(
        _KINDS,
        sa.Column('bin_id', sa.Integer(), nullable=False),
        sa.Column('on_hand', sa.BigInteger(), nullable=False),
        sa.Column('value_change', sa.BigInteger(), nullable=False),
        sa.Column('variance', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('receipt_line_id', sa.Integer(), nullable=True),
        sa.Column('count_line_id', sa.Integer(), nullable=True),
        sa.Column('origin_id', sa.Integer(), nullable=True),
        sa.Column('through', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("kind = 'price' OR quantity <> 0", name='ck_stock_movements_quantity'),
        sa.ForeignKeyConstraint(['bin_id'], ['bins.id'], name='fk_stock_movements_bin_id_bins'),
        sa.ForeignKeyConstraint(['receipt_line_id'], ['receipt_lines.id'], name='fk_stock_movements_receipt_line_id_receipt_lines'),
        sa.ForeignKeyConstraint(['count_line_id'], ['count_lines.id'], name='fk_stock_movements_count_line_id_count_lines'),
        sa.ForeignKeyConstraint(['origin_id'], ['stock_movements.id'], name='fk_stock_movements_origin_id_stock_movements'),
    )
    before, after = _WORTH.format(q='left_before', c='coalesce(cost_before, 0)'), _WORTH.format(q='left_after', c='coalesce(average_cost, 0)')
    op.execute(f"""
INSERT INTO stock_movements ({_KEPT}, bin_id, on_hand, value_change, through)
SELECT {_KEPT}, bin, left_after, ({after}) - ({before}), through
FROM (
  SELECT m.*, coalesce(parts.bin_id, 1) AS bin,
    CAST(sum(m.quantity) OVER w AS BIGINT) AS left_after, CAST(sum(m.quantity) OVER w AS BIGINT) - m.quantity AS left_before,
    lag(m.average_cost) OVER w AS cost_before,
    (m.kind = 'receipt' AND ({_SAME.format(other='lead')})) OR (m.kind = 'issue' AND ({_SAME.format(other='lag')})) AS through
  FROM stock_movements_before AS m JOIN parts ON parts.id = m.part_id
  WINDOW w AS (PARTITION BY m.part_id ORDER BY m.id)
) AS told ORDER BY id""")
    _put_back()
    for column in ('receipt_line_id', 'count_line_id', 'origin_id'):
        op.create_index(f'ix_stock_movements_{column}', 'stock_movements', [column], unique=False)
    op.create_index('ix_stock_movements_day', 'stock_movements', ['moved_on', 'id'], unique=False)
    for name, columns, where in (
        ('kind', ['kind', 'moved_on', 'id'], "kind NOT IN ('receipt', 'issue')"),
        ('bin', ['bin_id', 'moved_on', 'id'], 'bin_id > 0'),
        ('actor', ['actor_id', 'moved_on', 'id', 'kind'], 'actor_id > 0'),
    ):
        op.create_index(f'ix_stock_movements_{name}_day', 'stock_movements', columns, unique=False,
                        sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index('ix_stock_movements_part_day', 'stock_movements',
                    ['part_id', 'moved_on', 'id', 'bin_id', 'quantity', 'value_change'], unique=False)
    worth = _WORTH.format(q='parts.on_hand', c='coalesce(parts.average_cost, 0)')
    op.execute("""UPDATE parts SET
 on_hand = coalesce((SELECT sum(m.quantity) FROM stock_movements AS m WHERE m.part_id = parts.id), 0),
 average_cost = (SELECT m.average_cost FROM stock_movements AS m WHERE m.part_id = parts.id ORDER BY m.id DESC LIMIT 1)""")
    op.execute(f'UPDATE parts SET value = {worth}')
    op.execute('INSERT INTO bin_stock (part_id, bin_id, quantity) '
               'SELECT part_id, bin_id, sum(quantity) FROM stock_movements GROUP BY part_id, bin_id')
    op.create_table('supplier_returns',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('receipt_line_id', sa.Integer(), nullable=False),
    sa.Column('movement_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('returned_on', sa.Date(), nullable=False),
    sa.Column('credited_on', sa.Date(), nullable=True),
    sa.Column('credit_reference', sa.String(length=100), nullable=True),
    sa.Column('credited_amount', sa.BigInteger(), nullable=True),
    sa.Column('credit_reason', sa.String(length=500), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_supplier_returns_quantity')),
    sa.ForeignKeyConstraint(['movement_id'], ['stock_movements.id'], name=op.f('fk_supplier_returns_movement_id_stock_movements')),
    sa.ForeignKeyConstraint(['receipt_line_id'], ['receipt_lines.id'], name=op.f('fk_supplier_returns_receipt_line_id_receipt_lines')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['users.id'], name=op.f('fk_supplier_returns_recorded_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier_returns'))
    )
    op.create_index(op.f('ix_supplier_returns_receipt_line_id'), 'supplier_returns', ['receipt_line_id'], unique=False)


def downgrade() -> None:
    op.drop_table('supplier_returns')
    _take_out()
    _movements(('receipt', 'issue', 'return', 'loss', 'count'))
    # A transfer is nothing to a stock without bins; goods sent back are a loss; a price is the average it left.
    kept = _KEPT.replace('kind', "CASE kind WHEN 'supplier_return' THEN 'loss' ELSE kind END", 1)
    op.execute(f"""
INSERT INTO stock_movements ({_KEPT})
SELECT {kept.replace('average_cost', 'average_left', 1)}
FROM (
  SELECT m.*, last_value(average_cost) OVER (PARTITION BY part_id, place ORDER BY id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS average_left
  FROM (SELECT b.*, sum(CASE WHEN kind IN ('transfer', 'price') THEN 0 ELSE 1 END)
    OVER (PARTITION BY part_id ORDER BY id) AS place FROM stock_movements_before AS b) AS m
) AS told WHERE kind NOT IN ('transfer', 'price') ORDER BY id""")
    _put_back()
    op.add_column('parts', sa.Column('bin', sa.String(length=50), nullable=True))
    op.add_column('parts', sa.Column('supplier', sa.String(length=200), nullable=True))
    op.execute("UPDATE parts SET bin = (SELECT nullif(bins.code, '') FROM bins WHERE bins.id = parts.bin_id), "
               "supplier = (SELECT suppliers.name FROM suppliers WHERE suppliers.id = parts.supplier_id)")
    for name in ('ix_parts_bin_id', 'ix_parts_supplier_id', 'ix_parts_family_reference', 'ix_parts_on_hand'):
        op.drop_index(name, table_name='parts')
    for table in (
        'supplier_invoice_lines',
        'core_deposits',
        'receipt_lines',
        'part_requests',
        'stock_year_lines',
        'reservations',
        'purchase_lines',
        'part_suppliers',
        'part_models',
        'part_equivalents',
        'count_hands',
        'count_lines',
        'bin_stock',
        'waste_slips',
        'supplier_invoices',
        'stock_years',
        'stock_counts',
        'purchase_orders',
        'goods_receipts',
        'stock_totals',
        'stock_months',
        'stock_days',
    ):
        op.drop_table(table)
    for column in _PART_COLUMNS:
        op.drop_column('parts', column)
    for table in ('bins', 'stores', 'suppliers'):
        op.drop_table(table)
