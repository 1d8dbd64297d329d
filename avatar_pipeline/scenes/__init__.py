"""A film in scenes: what is said before which wall, with which cards, cut into takes that can each be made again alone."""
