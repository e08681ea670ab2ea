"""The devices of a domain, by subject."""
