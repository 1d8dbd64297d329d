"""One history of the schema for all rooms."""
