"""The workshop's day: clock, works, records, plan, requests, entries, devices, mails; a tag for each label"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _tag(table: str) -> None:
    """Give each row there is its opaque code."""
    rows = sa.table(table, sa.column("id", sa.Integer), sa.column("tag", sa.String))
    connection = op.get_bind()
    ids = connection.scalars(sa.select(rows.c.id)).all()
    given = [{"key": key, "tag": "".join(secrets.choice(ALPHABET) for _ in range(12))} for key in ids]
    if given:
        connection.execute(sa.update(rows).where(rows.c.id == sa.bindparam("key")).values(tag=sa.bindparam("tag")), given)


def upgrade() -> None:
    op.create_table('mails',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(length=500), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mails')),
    sa.UniqueConstraint('key', name=op.f('uq_mails_key'))
    )
    op.create_index('ix_mails_due', 'mails', ['next_try_at'], unique=False, sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
    op.create_table('packages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('labour_code', sa.String(length=20), nullable=True),
    sa.Column('standard_minutes', sa.Integer(), nullable=True),
    sa.Column('vehicle_type', sa.Enum('vehicle', 'machine', 'trailer', 'equipment', name='vehicletype', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('standard_minutes > 0', name=op.f('ck_packages_standard_minutes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_packages')),
    sa.UniqueConstraint('code', name=op.f('uq_packages_code'))
    )
    op.create_table('package_checks',
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['package_id'], ['packages.id'], name=op.f('fk_package_checks_package_id_packages')),
    sa.PrimaryKeyConstraint('package_id', 'rank', name=op.f('pk_package_checks'))
    )
    op.create_table('package_parts',
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_package_parts_quantity')),
    sa.ForeignKeyConstraint(['package_id'], ['packages.id'], name=op.f('fk_package_parts_package_id_packages')),
    sa.ForeignKeyConstraint(['part_id'], ['parts.id'], name=op.f('fk_package_parts_part_id_parts')),
    sa.PrimaryKeyConstraint('package_id', 'part_id', name=op.f('pk_package_parts'))
    )
    op.create_table('day_capacities',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 0 AND 1440', name=op.f('ck_day_capacities_minutes')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_day_capacities_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'day', name=op.f('pk_day_capacities'))
    )
    op.create_table('devices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.Enum('tablet', 'screen', name='devicekind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['users.id'], name=op.f('fk_devices_created_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_devices_token_hash'))
    )
    op.create_table('entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('photo', sa.String(length=64), nullable=True),
    sa.Column('state', sa.Enum('applied', 'held', 'applied_later', 'set_aside', name='entrystate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('refusal', sa.String(length=500), nullable=True),
    sa.Column('resolved_by_id', sa.Integer(), nullable=True),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolution', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_entries_author_id_users')),
    sa.ForeignKeyConstraint(['resolved_by_id'], ['users.id'], name=op.f('fk_entries_resolved_by_id_users')),
    sa.ForeignKeyConstraint(['sender_id'], ['users.id'], name=op.f('fk_entries_sender_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entries')),
    sa.UniqueConstraint('key', name=op.f('uq_entries_key'))
    )
    op.create_index('ix_entries_held', 'entries', ['id'], unique=False, sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
    op.create_index(op.f('ix_entries_subject'), 'entries', ['subject'], unique=False)
    op.create_table('saved_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('page', sa.String(length=50), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('query', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_views_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('user_id', 'page', 'name', name=op.f('uq_saved_views_user_id_page_name'))
    )
    op.create_table('vehicle_barcodes',
    sa.Column('code', sa.String(length=100), nullable=False),
    sa.Column('vehicle_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles.id'], name=op.f('fk_vehicle_barcodes_vehicle_id_vehicles')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_vehicle_barcodes'))
    )
    op.create_index(op.f('ix_vehicle_barcodes_vehicle_id'), 'vehicle_barcodes', ['vehicle_id'], unique=False)
    op.create_table('assignments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_assignments_minutes')),
    sa.ForeignKeyConstraint(['created_by_id'], ['users.id'], name=op.f('fk_assignments_created_by_id_users')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_assignments_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_assignments_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments')),
    sa.UniqueConstraint('order_id', 'user_id', 'day', name=op.f('uq_assignments_order_id_user_id_day'))
    )
    op.create_index('ix_assignments_day_user', 'assignments', ['day', 'user_id'], unique=False)
    op.create_index(op.f('ix_assignments_user_id'), 'assignments', ['user_id'], unique=False)
    op.create_table('requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('follow_token', sa.String(length=64), nullable=False),
    sa.Column('collectivity_id', sa.Integer(), nullable=False),
    sa.Column('vehicle_id', sa.Integer(), nullable=True),
    sa.Column('object_label', sa.String(length=200), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('contact_name', sa.String(length=200), nullable=False),
    sa.Column('contact_email', sa.String(length=254), nullable=True),
    sa.Column('contact_phone', sa.String(length=30), nullable=True),
    sa.Column('state', sa.Enum('received', 'accepted', 'refused', name='requeststate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('form_token', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('vehicle_id IS NOT NULL OR object_label IS NOT NULL', name=op.f('ck_requests_vehicle_or_object')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_requests_answered_by_id_users')),
    sa.ForeignKeyConstraint(['collectivity_id'], ['collectivities.id'], name=op.f('fk_requests_collectivity_id_collectivities')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_requests_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles.id'], name=op.f('fk_requests_vehicle_id_vehicles')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_requests')),
    sa.UniqueConstraint('follow_token', name=op.f('uq_requests_follow_token')),
    sa.UniqueConstraint('form_token', name=op.f('uq_requests_form_token')),
    sa.UniqueConstraint('number', name=op.f('uq_requests_number'))
    )
    op.create_index(op.f('ix_requests_collectivity_id'), 'requests', ['collectivity_id'], unique=False)
    op.create_index(op.f('ix_requests_order_id'), 'requests', ['order_id'], unique=False)
    op.create_index('ix_requests_state_number', 'requests', ['state', 'number'], unique=False)
    op.create_index(op.f('ix_requests_vehicle_id'), 'requests', ['vehicle_id'], unique=False)
    op.create_table('order_works',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=True),
    sa.Column('label', sa.String(length=500), nullable=False),
    sa.Column('standard_minutes', sa.Integer(), nullable=True),
    sa.Column('package_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('todo', 'done', 'postponed', 'dropped', name='workstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.Integer(), nullable=True),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('resumed_by_id', sa.Integer(), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['users.id'], name=op.f('fk_order_works_created_by_id_users')),
    sa.ForeignKeyConstraint(['done_by_id'], ['users.id'], name=op.f('fk_order_works_done_by_id_users')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_order_works_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_order_works_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['package_id'], ['packages.id'], name=op.f('fk_order_works_package_id_packages')),
    sa.ForeignKeyConstraint(['resumed_by_id'], ['order_works.id'], name=op.f('fk_order_works_resumed_by_id_order_works')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_works')),
    sa.UniqueConstraint('order_id', 'rank', name=op.f('uq_order_works_order_id_rank'))
    )
    op.create_index(op.f('ix_order_works_order_line_id'), 'order_works', ['order_line_id'], unique=False)
    op.create_index(op.f('ix_order_works_resumed_by_id'), 'order_works', ['resumed_by_id'], unique=False)
    op.create_table('photos',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('caption', sa.String(length=200), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(order_id IS NULL) <> (request_id IS NULL)', name=op.f('ck_photos_of_one_thing')),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_photos_author_id_users')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_photos_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['request_id'], ['requests.id'], name=op.f('fk_photos_request_id_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photos'))
    )
    op.create_index(op.f('ix_photos_order_id'), 'photos', ['order_id'], unique=False)
    op.create_index(op.f('ix_photos_request_id'), 'photos', ['request_id'], unique=False)
    op.create_table('clock_segments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('work_id', sa.Integer(), nullable=True),
    sa.Column('code', sa.String(length=20), nullable=True),
    sa.Column('activity', sa.Enum('cleaning', 'training', 'workshop', 'break', name='activity', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('to_confirm', sa.Boolean(), nullable=False),
    sa.Column('order_line_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(order_id IS NULL) <> (activity IS NULL)', name=op.f('ck_clock_segments_order_or_activity')),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_clock_segments_forward')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_clock_segments_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_clock_segments_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_clock_segments_user_id_users')),
    sa.ForeignKeyConstraint(['work_id'], ['order_works.id'], name=op.f('fk_clock_segments_work_id_order_works')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_segments'))
    )
    op.create_index(op.f('ix_clock_segments_order_id'), 'clock_segments', ['order_id'], unique=False)
    op.create_index(op.f('ix_clock_segments_order_line_id'), 'clock_segments', ['order_line_id'], unique=False)
    op.create_index('ix_clock_segments_running', 'clock_segments', ['user_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_clock_segments_user_started', 'clock_segments', ['user_id', 'started_at'], unique=False)
    op.create_index(op.f('ix_clock_segments_work_id'), 'clock_segments', ['work_id'], unique=False)
    op.create_table('order_checks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('result', sa.Enum('ok', 'failed', 'not_applicable', name='checkresult', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('follow_up_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['checked_by_id'], ['users.id'], name=op.f('fk_order_checks_checked_by_id_users')),
    sa.ForeignKeyConstraint(['follow_up_id'], ['order_works.id'], name=op.f('fk_order_checks_follow_up_id_order_works')),
    sa.ForeignKeyConstraint(['work_id'], ['order_works.id'], name=op.f('fk_order_checks_work_id_order_works')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_checks')),
    sa.UniqueConstraint('work_id', 'rank', name=op.f('uq_order_checks_work_id_rank'))
    )
    op.create_index(op.f('ix_order_checks_follow_up_id'), 'order_checks', ['follow_up_id'], unique=False)
    op.create_table('order_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('work_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('complaint', 'cause', 'correction', 'note', name='notekind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_order_notes_author_id_users')),
    sa.ForeignKeyConstraint(['order_id'], ['repair_orders.id'], name=op.f('fk_order_notes_order_id_repair_orders')),
    sa.ForeignKeyConstraint(['work_id'], ['order_works.id'], name=op.f('fk_order_notes_work_id_order_works')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_notes'))
    )
    op.create_index(op.f('ix_order_notes_order_id'), 'order_notes', ['order_id'], unique=False)
    op.create_index(op.f('ix_order_notes_work_id'), 'order_notes', ['work_id'], unique=False)
    op.add_column('parts', sa.Column('tag', sa.String(length=16), server_default='', nullable=False))
    _tag('parts')
    op.create_index('ix_parts_tag', 'parts', ['tag'], unique=True)
    op.add_column('repair_orders', sa.Column('tag', sa.String(length=16), server_default='', nullable=False))
    op.add_column('repair_orders', sa.Column('promised_on', sa.Date(), nullable=True))
    op.add_column('repair_orders', sa.Column('expected_on', sa.Date(), nullable=True))
    _tag('repair_orders')
    op.create_index('ix_repair_orders_tag', 'repair_orders', ['tag'], unique=True)
    op.add_column('users', sa.Column('pin_hash', sa.String(length=200), nullable=True))
    op.add_column('users', sa.Column('badge_hash', sa.String(length=64), nullable=True))
    op.add_column('users', sa.Column('daily_minutes', sa.Integer(), server_default='420', nullable=False))
    op.create_index('ix_users_badge_hash', 'users', ['badge_hash'], unique=True)
    op.add_column('vehicles', sa.Column('tag', sa.String(length=16), server_default='', nullable=False))
    _tag('vehicles')
    op.create_index('ix_vehicles_tag', 'vehicles', ['tag'], unique=True)


def downgrade() -> None:
    op.drop_index('ix_vehicles_tag', table_name='vehicles')
    op.drop_column('vehicles', 'tag')
    op.drop_index('ix_users_badge_hash', table_name='users')
    op.drop_column('users', 'daily_minutes')
    op.drop_column('users', 'badge_hash')
    op.drop_column('users', 'pin_hash')
    op.drop_index('ix_repair_orders_tag', table_name='repair_orders')
    op.drop_column('repair_orders', 'expected_on')
    op.drop_column('repair_orders', 'promised_on')
    op.drop_column('repair_orders', 'tag')
    op.drop_index('ix_parts_tag', table_name='parts')
    op.drop_column('parts', 'tag')
    op.drop_index(op.f('ix_order_notes_work_id'), table_name='order_notes')
    op.drop_index(op.f('ix_order_notes_order_id'), table_name='order_notes')
    op.drop_table('order_notes')
    op.drop_index(op.f('ix_order_checks_follow_up_id'), table_name='order_checks')
    op.drop_table('order_checks')
    op.drop_index(op.f('ix_clock_segments_work_id'), table_name='clock_segments')
    op.drop_index('ix_clock_segments_user_started', table_name='clock_segments')
    op.drop_index('ix_clock_segments_running', table_name='clock_segments', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index(op.f('ix_clock_segments_order_line_id'), table_name='clock_segments')
    op.drop_index(op.f('ix_clock_segments_order_id'), table_name='clock_segments')
    op.drop_table('clock_segments')
    op.drop_index(op.f('ix_photos_request_id'), table_name='photos')
    op.drop_index(op.f('ix_photos_order_id'), table_name='photos')
    op.drop_table('photos')
    op.drop_index(op.f('ix_order_works_resumed_by_id'), table_name='order_works')
    op.drop_index(op.f('ix_order_works_order_line_id'), table_name='order_works')
    op.drop_table('order_works')
    op.drop_index(op.f('ix_requests_vehicle_id'), table_name='requests')
    op.drop_index('ix_requests_state_number', table_name='requests')
    op.drop_index(op.f('ix_requests_order_id'), table_name='requests')
    op.drop_index(op.f('ix_requests_collectivity_id'), table_name='requests')
    op.drop_table('requests')
    op.drop_index(op.f('ix_assignments_user_id'), table_name='assignments')
    op.drop_index('ix_assignments_day_user', table_name='assignments')
    op.drop_table('assignments')
    op.drop_index(op.f('ix_vehicle_barcodes_vehicle_id'), table_name='vehicle_barcodes')
    op.drop_table('vehicle_barcodes')
    op.drop_table('saved_views')
    op.drop_index(op.f('ix_entries_subject'), table_name='entries')
    op.drop_index('ix_entries_held', table_name='entries', sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
    op.drop_table('entries')
    op.drop_table('devices')
    op.drop_table('day_capacities')
    op.drop_table('package_parts')
    op.drop_table('package_checks')
    op.drop_table('packages')
    op.drop_index('ix_mails_due', table_name='mails', sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
    op.drop_table('mails')
