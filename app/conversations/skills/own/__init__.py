"""The shop's own skills: described in words, asked for slot by slot, answered by the shop's own system."""
