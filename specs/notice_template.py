"""The templates of notices' bodies: Jinja2 in a sandbox, and of its language only what a notice needs.

Whoever writes the tree writes the template, and the controller renders it: nothing in it may loop, call, or
make much of little, so that it costs next to nothing whatever stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.nodes import Node

FIELDS = ("id", "fleet", "kind", "subject", "text", "at", "host", "commit", "before", "after")
"""What a template may name."""

_FILTERS = frozenset({"tojson", "upper", "lower", "title", "trim", "default", "d", "slack"})
_LONGEST = 16_384
"""Characters of a template; bodies are as long as that and their values."""


class BadTemplate(ValueError):
    """What is wrong with a template, in words."""


def check_template(text: str) -> None:
    """Raises BadTemplate for one that could not be rendered, or is not JSON when it is."""
    render(text, dict.fromkeys(FIELDS, 'a "value"\nof <two> lines'))


def render(text: str, values: Mapping[str, str]) -> str:
    """The body: JSON. BadTemplate when it is none."""
    from jinja2 import TemplateError

    try:
        body = _compiled(text).render(values)
    except TemplateError as error:
        raise BadTemplate(f"the template cannot be rendered: {error}") from None
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise BadTemplate(
            "what the template makes is no JSON: write values as {{ text | tojson }}, without quotes"
        ) from None
    return body


def for_slack(text: object) -> str:
    """A text in which Slack sees no commands (<!channel>), as its documentation has it."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=64)
def _compiled(text: str) -> Template:
    """The template, once it is known to be harmless."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if len(text) > _LONGEST:
        raise BadTemplate(f"the template has more than {_LONGEST} characters")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters["tojson"] = json.dumps
    environment.filters["slack"] = for_slack
    try:
        tree = environment.parse(text)
        _require_harmless(tree)
        return environment.from_string(tree)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise BadTemplate(f"{f'line {line}: ' if line else ''}{error}") from None
    except RecursionError:
        raise BadTemplate("the template is nested too deeply") from None


def _require_harmless(tree: Node) -> None:
    from jinja2 import nodes

    allowed: tuple[Any, ...] = (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Name),
        *(nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
        *(nodes.List, nodes.Tuple, nodes.Filter),
    )
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, allowed):
            what = type(node).__name__.lower()
            raise BadTemplate(
                f"line {node.lineno}: '{what}' has no place in a notice; allowed are values, if, comparisons"
                f" and the filters {', '.join(sorted(_FILTERS))}"
            )
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise BadTemplate(
                f"line {node.lineno}: the filter '{node.name}' is not allowed; allowed:"
                f" {', '.join(sorted(_FILTERS))}"
            )
        if isinstance(node, nodes.Name) and node.name not in FIELDS:
            raise BadTemplate(
                f"line {node.lineno}: a notice has no '{node.name}'; it has {', '.join(FIELDS)}"
            )
