"""Which touch brought an order, decided by pure functions and kept with its reasons."""
