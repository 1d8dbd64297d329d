"""The ground floor: whom we serve, and the only way to the database."""
