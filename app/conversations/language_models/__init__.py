"""Models the mind asks. Each is one file that hides one package."""
