"""How an employee stands on a shop's own pages: where she may appear, where she was seen, who is signed in there, what the page tells."""
