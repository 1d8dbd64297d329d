"""Films as works: which film is whose, and what its papers say."""
