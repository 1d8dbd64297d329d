"""Disputed lines: what the shop contests, what is held meanwhile, and what is given back."""
