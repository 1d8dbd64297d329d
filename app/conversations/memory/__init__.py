"""What was said earlier in the conversation, and what "the large one" therefore means."""
