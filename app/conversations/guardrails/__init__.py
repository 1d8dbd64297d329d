"""What the mind will not do, whatever a message or a document says."""
