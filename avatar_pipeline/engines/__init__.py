"""Speech engines, one file each. Heavy imports happen inside functions, when a voice is first loaded."""
