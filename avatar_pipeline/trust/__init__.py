"""What a film says about itself: the mark in its picture, its label, its signature, and how all three are read again."""
