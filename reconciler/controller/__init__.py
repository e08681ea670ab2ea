"""The controller: rounds of the engine, one after another, at intervals and when something wakes it."""
