"""The round of closed shops: what they held for the case that somebody brings them back is let go when nobody can any more."""

from typing import Final

from app.worker.rounds import Round
from tenants.close_demo_shop import free_closed_shops

CLOSED_SHOPS: Final = (Round("tillhand.free_closed_shops", 3600, lambda database, clock: free_closed_shops(database, clock())),)
