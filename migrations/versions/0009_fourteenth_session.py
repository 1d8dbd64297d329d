"""fourteenth session"""

import sqlalchemy as sa
from alembic import op
revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # greetings that employees make in the chat, and each film that was ordered
    op.create_table('greeting',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('occasion', sa.String(), nullable=False),
    sa.Column('film_id', sa.Uuid(), nullable=False),
    sa.Column('per_visitor', sa.Integer(), nullable=False),
    sa.Column('per_day', sa.Integer(), nullable=False),
    sa.Column('kept_days', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['employee.tenant_id', 'employee.employee_id'], name=op.f('fk_greeting_tenant_id_employee_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'employee_id', 'occasion', name=op.f('pk_greeting')),
    info={'access': {'app': 'SELECT, INSERT, UPDATE, DELETE', 'intake': '', 'operator': 'SELECT', 'append_only': False}}
    )
    op.execute('ALTER TABLE "greeting" ENABLE ROW LEVEL SECURITY')
    op.execute('ALTER TABLE "greeting" FORCE ROW LEVEL SECURITY')
    op.execute('CREATE POLICY own_tenant ON "greeting" TO tillhand_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))')
    op.execute('GRANT SELECT, INSERT, UPDATE, DELETE ON "greeting" TO tillhand_app')
    op.execute('GRANT SELECT ON "greeting" TO tillhand_operator')
    op.execute('CREATE POLICY across_tenants_operator ON "greeting" TO tillhand_operator USING (true) WITH CHECK (true)')
    op.create_table('greeting_film',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('turn_id', sa.Uuid(), nullable=False),
    sa.Column('conversation_id', sa.Uuid(), nullable=False),
    sa.Column('visitor_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('film_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('render_id', sa.Uuid(), nullable=False),
    sa.Column('headline', sa.String(), nullable=False),
    sa.Column('told', sa.String(), nullable=False),
    sa.Column('public_key', sa.String(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['employee.tenant_id', 'employee.employee_id'], name=op.f('fk_greeting_film_tenant_id_employee_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'turn_id', name=op.f('pk_greeting_film')),
    info={'access': {'app': 'SELECT, INSERT, UPDATE, DELETE', 'intake': 'SELECT', 'operator': 'SELECT', 'append_only': False}}
    )
    op.create_index('ix_greeting_film_asked', 'greeting_film', ['tenant_id', 'asked_at'], unique=False)
    is_open = sa.text("told NOT IN ('done', 'failed', 'gone')")
    op.create_index('ix_greeting_film_open', 'greeting_film', ['tenant_id'], unique=False, postgresql_where=is_open)
    op.create_index('ix_greeting_film_expires', 'greeting_film', ['expires_at'], unique=False)
    op.execute('ALTER TABLE "greeting_film" ENABLE ROW LEVEL SECURITY')
    op.execute('ALTER TABLE "greeting_film" FORCE ROW LEVEL SECURITY')
    op.execute('CREATE POLICY own_tenant ON "greeting_film" TO tillhand_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))')
    op.execute('GRANT SELECT, INSERT, UPDATE, DELETE ON "greeting_film" TO tillhand_app')
    op.execute('GRANT SELECT ON "greeting_film" TO tillhand_intake')
    op.execute('CREATE POLICY across_tenants_intake ON "greeting_film" TO tillhand_intake USING (true) WITH CHECK (true)')
    op.execute('GRANT SELECT ON "greeting_film" TO tillhand_operator')
    op.execute('CREATE POLICY across_tenants_operator ON "greeting_film" TO tillhand_operator USING (true) WITH CHECK (true)')


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: going back would lose money facts.")
