"""The book: double entry, append-only, one writer."""
