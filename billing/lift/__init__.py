"""What the employee really adds: visitors kept apart by a hash, compared with the others, and sales that were never reported."""
