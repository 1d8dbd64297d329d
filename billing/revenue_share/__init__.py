"""From an order's worth to each payee's share, rounded once."""
