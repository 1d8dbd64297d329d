"""Orders, refunds and what they are worth, whoever reported them and in whatever sequence."""
