"""Kestrel Coffee & Snacks: a make-believe merchant that knows Tillhand only through its public HTTP interface, as any shop would."""
