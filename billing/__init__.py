"""The counting house: who earned what, and why."""
