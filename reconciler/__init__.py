"""What to do, and doing it: comparing, planning, executing, and the commands that ask for it."""
