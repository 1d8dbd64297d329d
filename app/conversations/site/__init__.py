"""The shop's own site as a paper they read: what may be fetched, and what of a page is taught."""
