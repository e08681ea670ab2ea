"""Writes the page of the documentation: python -m specs.matrix > docs/matrix.md."""

from __future__ import annotations

import sys

from specs.matrix import ROWS
from specs.matrix.words import page

sys.stdout.write(page(ROWS))
