"""The demonstration: a make-believe shop, what its employee knows, and the story that checks one working day of theirs."""
