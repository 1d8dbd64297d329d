"""twelfth session"""

import sqlalchemy as sa
from alembic import op
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # every face so far was brought as a picture
    op.add_column('casting', sa.Column('is_film', sa.Boolean(), server_default='false', nullable=False))
    op.alter_column('casting', 'is_film', server_default=None)
    # what a work brings is counted by its id
    has_work = sa.text('work_id IS NOT NULL')
    op.create_index('ix_touch_work', 'touch', ['tenant_id', 'work_id', 'kind', 'occurred_at'], unique=False, postgresql_where=has_work)
    op.create_index('ix_attribution_credit_work', 'attribution_credit', ['tenant_id', 'work_id'], unique=False, postgresql_where=has_work)
    op.create_index('ix_coupon_work', 'coupon', ['tenant_id', 'work_id'], unique=False, postgresql_where=has_work)
    # tables handed in so far began with their headings
    op.add_column('film_batch', sa.Column('header_row', sa.Integer(), server_default=sa.text('1'), nullable=False))
    op.add_column('film_batch', sa.Column('alphabet', sa.String(), nullable=True))
    op.create_index('ix_earning_event_work', 'earning_event', ['tenant_id', 'work_id'], unique=False, postgresql_where=has_work)
    # empty while the film shows the face that is worn today
    op.add_column('film_render', sa.Column('face_id', sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: going back would lose money facts.")
