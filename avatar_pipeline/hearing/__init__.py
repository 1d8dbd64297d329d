"""Hearing: when somebody begins to speak, when they are done, and what they said."""
