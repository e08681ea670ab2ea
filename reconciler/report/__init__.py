"""What is said to people and to programs: text, JSON, markdown, XML diffs."""
