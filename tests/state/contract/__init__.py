"""What every backend of the state keeps; `backends.BACKENDS` names them."""
