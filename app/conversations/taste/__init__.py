"""Taste: how they say things, never what: learned from a shop's choices and edits, and put around the facts."""
