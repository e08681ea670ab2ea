"""Files to values with positions: YAML, XML, git trees."""
