"""Sentences made audible: the store of sound already made, and the voice for what was never said before."""
