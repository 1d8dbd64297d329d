"""How an employee stands on a shop's own pages: where they may appear and were seen, who is signed in there, what the page tells."""
