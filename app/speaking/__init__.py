"""Speaking: one turn, from the shopper's question to the last frame on the wire, in order, once, and stopped when the shopper cuts in."""
