"""Which pictures a network makes next, for many talks at once. Pure deciding: time is passed in, nothing here waits or calls a network."""
