"""Offers, codes and their life at the till."""
