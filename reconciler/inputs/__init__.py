"""What is read from outside: secrets, git, images."""
