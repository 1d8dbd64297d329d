"""eleventh session"""

import sqlalchemy as sa
from alembic import op
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # machines report anew within seconds; until then they have no room
    op.add_column('machine', sa.Column('vram_free_mb', sa.BigInteger(), server_default='0', nullable=False))
    op.alter_column('machine', 'vram_free_mb', server_default=None)
    op.execute('DROP FUNCTION film_engines_at_work(timestamptz)')
    op.execute("CREATE FUNCTION film_cards_at_work(heard_since timestamptz) RETURNS TABLE (engine text, vram_mb bigint, vram_free_mb bigint)\n    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$\n        SELECT unnest(m.engines), m.vram_mb, m.vram_free_mb FROM machine m\n        WHERE m.seen_at >= heard_since AND NOT m.is_leaving AND m.queues <> '{}'\n    $$")
    op.execute('REVOKE ALL ON FUNCTION film_cards_at_work(timestamptz) FROM PUBLIC')
    op.execute('GRANT EXECUTE ON FUNCTION film_cards_at_work(timestamptz) TO tillhand_app, tillhand_intake, tillhand_operator')


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: going back would lose money facts.")
