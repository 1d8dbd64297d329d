"""What `python -m app VERB` does, one file per verb."""
