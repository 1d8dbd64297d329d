"""What happens between a score and a finished picture: who is on stage at which moment, and what is laid over them."""
