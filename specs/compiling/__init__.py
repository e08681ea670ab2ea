"""From models to declared resources: host, place, compile, link."""
