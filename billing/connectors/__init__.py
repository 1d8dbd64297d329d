"""Connectors: how each kind of merchant's system signs what it sends, how it repeats itself, and how its words become neutral facts."""
