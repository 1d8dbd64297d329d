"""The mind: it learns what the shop teaches, answers from it, quotes it, and says so when it does not know."""
