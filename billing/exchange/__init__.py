"""Exchange rates: published by day, imported in sequence, never changed, and pinned into every amount they convert."""
