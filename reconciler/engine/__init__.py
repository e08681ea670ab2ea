"""From a tree and its hosts to a plan, and what every caller needs for it."""
