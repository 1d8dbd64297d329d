"""What the shop taught: documents become passages and facts, and questions find them again."""
