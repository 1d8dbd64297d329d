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


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: going back would lose money facts.")
