"""tenth session"""

import sqlalchemy as sa
from alembic import op
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pronunciation',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('folded', sa.String(), nullable=False),
    sa.Column('written', sa.String(), nullable=False),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('changed_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'folded', name=op.f('pk_pronunciation')),
    info={'access': {'app': 'SELECT, INSERT, UPDATE, DELETE', 'intake': '', 'operator': 'SELECT', 'append_only': False}}
    )
    op.execute('ALTER TABLE "pronunciation" ENABLE ROW LEVEL SECURITY')
    op.execute('ALTER TABLE "pronunciation" FORCE ROW LEVEL SECURITY')
    op.execute('CREATE POLICY own_tenant ON "pronunciation" TO tillhand_app USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))')
    op.execute('GRANT SELECT, INSERT, UPDATE, DELETE ON "pronunciation" TO tillhand_app')
    op.execute('GRANT SELECT ON "pronunciation" TO tillhand_operator')
    op.execute('CREATE POLICY across_tenants_operator ON "pronunciation" TO tillhand_operator USING (true) WITH CHECK (true)')
    # what was asked for until now was asked for in English
    op.add_column('likeness_consent', sa.Column('language', sa.String(), server_default='en', nullable=False))
    op.alter_column('likeness_consent', 'language', server_default=None)


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: going back would lose money facts.")
