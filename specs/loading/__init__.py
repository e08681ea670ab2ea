"""The steps of a load: read, place, compile, link."""
