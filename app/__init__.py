"""The house front: faces people and networks, and wires the rooms together."""
