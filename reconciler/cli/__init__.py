"""The command line: one file for each command, thin callers of the engine and the controller."""
