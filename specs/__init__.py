"""What should be: files, checked and compiled to documents."""
