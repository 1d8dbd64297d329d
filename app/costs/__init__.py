"""What serving costs us: how much machine each answer and each film took, what that is in money, and which employee earns it."""
