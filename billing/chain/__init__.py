"""Seals the book: segments of transactions behind one root each, every segment behind the one before, and balances taken at a seal."""
