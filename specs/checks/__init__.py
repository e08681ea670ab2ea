"""What is checked offline, across resources and against what hypervisors can do."""
