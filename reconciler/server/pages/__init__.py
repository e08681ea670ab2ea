"""The page: a fleet at a glance, from the state alone, for people and without a build step."""

from reconciler.server.pages.plain import login, problem
from reconciler.server.pages.routes import routes

__all__ = ["login", "problem", "routes"]
