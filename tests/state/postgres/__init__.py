"""What a state in PostgreSQL has of its own beside the contract of all backends."""
