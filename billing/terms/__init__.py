"""What a contract can say: its clauses as data, its one spelling and hash, and the prose made from them."""
