"""Accounting's desk: settings, credit notes prepared, exports, titres, payments, questions, electronic bills"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('finance_exports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('bills', sa.Integer(), nullable=False),
    sa.Column('net', sa.BigInteger(), nullable=False),
    sa.Column('vat', sa.BigInteger(), nullable=False),
    sa.Column('gross', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('transmitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('transmitted_by_id', sa.Integer(), nullable=True),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_finance_exports_made_by_id_users')),
    sa.ForeignKeyConstraint(['transmitted_by_id'], ['users.id'], name=op.f('fk_finance_exports_transmitted_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_exports')),
    sa.UniqueConstraint('form_token', name=op.f('uq_finance_exports_form_token'))
    )
    op.create_table('settings',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_settings_changed_by_id_users')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_settings'))
    )
    op.create_table('bill_mails',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('copy', sa.Integer(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('mail_id', sa.Integer(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_bill_mails_asked_by_id_users')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_bill_mails_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['mail_id'], ['mails.id'], name=op.f('fk_bill_mails_mail_id_mails'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bill_mails')),
    sa.UniqueConstraint('invoice_id', 'address', 'copy', name=op.f('uq_bill_mails_invoice_id_address_copy')),
    sa.UniqueConstraint('mail_id', name=op.f('uq_bill_mails_mail_id'))
    )
    op.create_table('mail_attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mail_id', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['mail_id'], ['mails.id'], name=op.f('fk_mail_attempts_mail_id_mails'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_attempts'))
    )
    op.create_index(op.f('ix_mail_attempts_mail_id'), 'mail_attempts', ['mail_id'], unique=False)
    op.create_table('credit_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('rebill', 'reduce', 'part_return', name='creditpurpose', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('state', sa.Enum('prepared', 'reviewed', 'issued', 'dropped', name='creditstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('prepared_by_id', sa.Integer(), nullable=True),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reviewed_by_id', sa.Integer(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('credit_note_id', sa.Integer(), nullable=True),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['credit_note_id'], ['invoices.id'], name=op.f('fk_credit_drafts_credit_note_id_invoices')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_credit_drafts_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['users.id'], name=op.f('fk_credit_drafts_prepared_by_id_users')),
    sa.ForeignKeyConstraint(['reviewed_by_id'], ['users.id'], name=op.f('fk_credit_drafts_reviewed_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_drafts')),
    sa.UniqueConstraint('credit_note_id', name=op.f('uq_credit_drafts_credit_note_id')),
    sa.UniqueConstraint('form_token', name=op.f('uq_credit_drafts_form_token'))
    )
    op.create_index(op.f('ix_credit_drafts_invoice_id'), 'credit_drafts', ['invoice_id'], unique=False)
    op.create_table('finance_export_bills',
    sa.Column('export_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['finance_exports.id'], name=op.f('fk_finance_export_bills_export_id_finance_exports')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_finance_export_bills_invoice_id_invoices')),
    sa.PrimaryKeyConstraint('export_id', 'invoice_id', name=op.f('pk_finance_export_bills')),
    sa.UniqueConstraint('export_id', 'position', name=op.f('uq_finance_export_bills_export_id_position'))
    )
    op.create_index(op.f('ix_finance_export_bills_invoice_id'), 'finance_export_bills', ['invoice_id'], unique=False)
    op.create_table('finance_returns',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by_id', sa.Integer(), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('applied_by_id', sa.Integer(), nullable=True),
    sa.Column('titres', sa.Integer(), nullable=False),
    sa.Column('payments', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['applied_by_id'], ['users.id'], name=op.f('fk_finance_returns_applied_by_id_users')),
    sa.ForeignKeyConstraint(['sent_by_id'], ['users.id'], name=op.f('fk_finance_returns_sent_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_returns')),
    sa.UniqueConstraint('sha256', name=op.f('uq_finance_returns_sha256'))
    )
    op.create_table('settlements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('payment', 'refund', 'offset', name='settlementkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('settled_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=True),
    sa.Column('overpaid_reason', sa.String(length=500), nullable=True),
    sa.Column('from_invoice_id', sa.Integer(), nullable=True),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_by_id', sa.Integer(), nullable=True),
    sa.Column('void_reason', sa.String(length=500), nullable=True),
    sa.CheckConstraint("(kind = 'offset') = (from_invoice_id IS NOT NULL)", name=op.f('ck_settlements_origin')),
    sa.CheckConstraint('(voided_at IS NULL) = (void_reason IS NULL)', name=op.f('ck_settlements_voided')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_settlements_amount')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['users.id'], name=op.f('fk_settlements_entered_by_id_users')),
    sa.ForeignKeyConstraint(['from_invoice_id'], ['invoices.id'], name=op.f('fk_settlements_from_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_settlements_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['voided_by_id'], ['users.id'], name=op.f('fk_settlements_voided_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlements')),
    sa.UniqueConstraint('key', name=op.f('uq_settlements_key'))
    )
    op.create_index(op.f('ix_settlements_from_invoice_id'), 'settlements', ['from_invoice_id'], unique=False)
    op.create_index(op.f('ix_settlements_invoice_id'), 'settlements', ['invoice_id'], unique=False)
    op.create_table('titres',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('bordereau', sa.String(length=30), nullable=True),
    sa.Column('titled_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['entered_by_id'], ['users.id'], name=op.f('fk_titres_entered_by_id_users')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_titres_invoice_id_invoices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_titres')),
    sa.UniqueConstraint('invoice_id', name=op.f('uq_titres_invoice_id')),
    sa.UniqueConstraint('year', 'number', name=op.f('uq_titres_year_number'))
    )
    op.create_table('credit_draft_lines',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('invoice_line_id', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=True),
    sa.Column('returns_part', sa.Boolean(), nullable=False),
    sa.CheckConstraint('(minutes IS NULL) <> (quantity IS NULL)', name=op.f('ck_credit_draft_lines_measure')),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_credit_draft_lines_minutes')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_credit_draft_lines_quantity')),
    sa.ForeignKeyConstraint(['draft_id'], ['credit_drafts.id'], name=op.f('fk_credit_draft_lines_draft_id_credit_drafts')),
    sa.ForeignKeyConstraint(['invoice_line_id'], ['invoice_lines.id'], name=op.f('fk_credit_draft_lines_invoice_line_id_invoice_lines')),
    sa.PrimaryKeyConstraint('draft_id', 'invoice_line_id', name=op.f('pk_credit_draft_lines'))
    )
    op.create_index(op.f('ix_credit_draft_lines_invoice_line_id'), 'credit_draft_lines', ['invoice_line_id'], unique=False)
    op.create_table('questions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collectivity_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('invoice_line_id', sa.Integer(), nullable=True),
    sa.Column('line_label', sa.String(length=500), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.CheckConstraint('(answered_at IS NULL) = (answer IS NULL)', name=op.f('ck_questions_answered')),
    sa.CheckConstraint('(invoice_id IS NULL) = (invoice_line_id IS NULL)', name=op.f('ck_questions_billed')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_questions_answered_by_id_users')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_questions_asked_by_id_users')),
    sa.ForeignKeyConstraint(['collectivity_id'], ['collectivities.id'], name=op.f('fk_questions_collectivity_id_collectivities')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_questions_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['invoice_line_id'], ['invoice_lines.id'], name=op.f('fk_questions_invoice_line_id_invoice_lines')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_questions_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_questions_order_line_id_order_lines'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions')),
    sa.UniqueConstraint('form_token', name=op.f('uq_questions_form_token'))
    )
    op.create_index(op.f('ix_questions_collectivity_id'), 'questions', ['collectivity_id'], unique=False)
    op.create_index(op.f('ix_questions_invoice_id'), 'questions', ['invoice_id'], unique=False)
    op.create_index(op.f('ix_questions_invoice_line_id'), 'questions', ['invoice_line_id'], unique=False)
    op.create_index('ix_questions_open', 'questions', ['order_id'], unique=False, sqlite_where=sa.text('answered_at IS NULL AND invoice_id IS NULL'), postgresql_where=sa.text('answered_at IS NULL AND invoice_id IS NULL'))
    op.create_index(op.f('ix_questions_order_id'), 'questions', ['order_id'], unique=False)
    op.create_index(op.f('ix_questions_order_line_id'), 'questions', ['order_line_id'], unique=False)
    op.add_column('collectivities', sa.Column('code_service_required', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('collectivities', sa.Column('tiers_category', sa.String(length=2), nullable=True))
    op.add_column('collectivities', sa.Column('legal_nature', sa.String(length=2), nullable=True))
    op.add_column('conventions', sa.Column('goods_taxed', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('invoice_lines', sa.Column('credited_line_id', sa.Integer(), sa.ForeignKey('invoice_lines.id', name='fk_invoice_lines_credited_line_id_invoice_lines'), nullable=True), inline_references=True)
    op.create_index(op.f('ix_invoice_lines_credited_line_id'), 'invoice_lines', ['credited_line_id'], unique=False)
    op.add_column('invoice_orders', sa.Column('freed_by_id', sa.Integer(), sa.ForeignKey('invoices.id', name='fk_invoice_orders_freed_by_id_invoices'), nullable=True), inline_references=True)
    op.create_index(op.f('ix_invoice_orders_freed_by_id'), 'invoice_orders', ['freed_by_id'], unique=False)
    # The bills that are there were printed without XML and are printed so for ever (rule B9).
    op.execute("ALTER TABLE invoices ADD COLUMN format VARCHAR(40) DEFAULT 'plain' NOT NULL CONSTRAINT ck_invoices_billformat CHECK (format IN ('plain', 'facturx'))")
    op.add_column('invoices', sa.Column('mention', sa.String(length=500), nullable=True))
    op.add_column('invoices', sa.Column('payment', sa.JSON(), nullable=True))
    op.add_column('invoices', sa.Column('notes', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('invoices', 'notes')
    op.drop_column('invoices', 'payment')
    op.drop_column('invoices', 'mention')
    op.drop_column('invoices', 'format')
    op.drop_index(op.f('ix_invoice_orders_freed_by_id'), table_name='invoice_orders')
    op.drop_column('invoice_orders', 'freed_by_id')
    op.drop_index(op.f('ix_invoice_lines_credited_line_id'), table_name='invoice_lines')
    op.drop_column('invoice_lines', 'credited_line_id')
    op.drop_column('conventions', 'goods_taxed')
    op.drop_column('collectivities', 'legal_nature')
    op.drop_column('collectivities', 'tiers_category')
    op.drop_column('collectivities', 'code_service_required')
    op.drop_index(op.f('ix_questions_order_line_id'), table_name='questions')
    op.drop_index(op.f('ix_questions_order_id'), table_name='questions')
    op.drop_index('ix_questions_open', table_name='questions', sqlite_where=sa.text('answered_at IS NULL AND invoice_id IS NULL'), postgresql_where=sa.text('answered_at IS NULL AND invoice_id IS NULL'))
    op.drop_index(op.f('ix_questions_invoice_line_id'), table_name='questions')
    op.drop_index(op.f('ix_questions_invoice_id'), table_name='questions')
    op.drop_index(op.f('ix_questions_collectivity_id'), table_name='questions')
    op.drop_table('questions')
    op.drop_index(op.f('ix_credit_draft_lines_invoice_line_id'), table_name='credit_draft_lines')
    op.drop_table('credit_draft_lines')
    op.drop_table('titres')
    op.drop_index(op.f('ix_settlements_invoice_id'), table_name='settlements')
    op.drop_index(op.f('ix_settlements_from_invoice_id'), table_name='settlements')
    op.drop_table('settlements')
    op.drop_table('finance_returns')
    op.drop_index(op.f('ix_finance_export_bills_invoice_id'), table_name='finance_export_bills')
    op.drop_table('finance_export_bills')
    op.drop_index(op.f('ix_credit_drafts_invoice_id'), table_name='credit_drafts')
    op.drop_table('credit_drafts')
    op.drop_index(op.f('ix_mail_attempts_mail_id'), table_name='mail_attempts')
    op.drop_table('mail_attempts')
    op.drop_table('bill_mails')
    op.drop_table('settings')
    op.drop_table('finance_exports')
