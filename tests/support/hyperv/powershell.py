"""Runs scripts by their syntax tree: the part of PowerShell that ours are written in, and nothing else.

What is not known is an AssertionError: a script that says more needs more here. Names of variables,
properties, cmdlets and parameters have no case.
"""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable, Mapping
from typing import Any

import tree_sitter
import tree_sitter_pwsh

from tests.support.hyperv.values import (
    Hashtable,
    PowerShellError,
    ScriptBlock,
    Thing,
    from_json,
    listed,
    member,
    text,
    to_json,
    truth,
    unrolled,
    walk,
)

Cmdlet = Callable[[Mapping[str, Any], list[Any] | None], list[Any]]
"""Parameters by name in small letters (an unnamed one by its place: '0'), what the pipeline hands on (None
outside of one) → what comes out."""

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))


class _Return(Exception):
    pass


class _Continue(Exception):
    pass


@functools.lru_cache
def parsed(script: str) -> Any:
    """The syntax tree of a script."""
    return _PARSER.parse(script.encode()).root_node


class Interpreter:
    """One run of a script."""

    def __init__(self, cmdlets: Mapping[str, Cmdlet]) -> None:
        self._cmdlets = cmdlets
        self._functions: dict[str, Any] = {}
        self._scopes: list[dict[str, Any]] = [{}]
        self._operators: Mapping[str, Callable[[Any, Any], bool]] = {
            "-eq": lambda a, b: _same(a, b),
            "-ne": lambda a, b: not _same(a, b),
            "-ceq": lambda a, b: a == b,
            "-like": lambda a, b: a is not None and fnmatch.fnmatch(a.lower(), b.lower()),
            "-lt": lambda a, b: a < b,
            "-gt": lambda a, b: a > b,
            "-in": lambda a, b: any(_same(a, each) for each in listed(b)),
            "-notin": lambda a, b: not any(_same(a, each) for each in listed(b)),
        }

    def run(self, script: str, parameters: Mapping[str, Any]) -> list[Any]:
        """What the script gives out."""
        root = parsed(script)
        assert not root.has_error, "the script cannot be parsed"
        for name, value in parameters.items():
            self._scopes[-1][name.lower()] = value
        out: list[Any] = []
        try:
            for child in root.named_children:
                if child.type == "statement_list":
                    self._statements(child, out)
        except _Return:
            pass
        return out

    # statements

    def _statements(self, block: Any, out: list[Any]) -> None:
        for statement in block.named_children:
            if statement.type != "comment":
                getattr(self, f"_do_{statement.type}")(statement, out)

    def _block(self, node: Any, out: list[Any]) -> None:
        for child in node.named_children:
            if child.type in ("statement_list", "script_block", "script_block_body"):
                (self._statements if child.type == "statement_list" else self._block)(child, out)

    def _do_pipeline(self, node: Any, out: list[Any]) -> None:
        (inner,) = node.named_children
        if inner.type == "assignment_expression":
            target, _, given = inner.named_children
            self._assign(target, self._whole(given.named_children[0]))
        else:
            out.extend(self._chain(inner))

    def _do_function_statement(self, node: Any, out: list[Any]) -> None:
        name = next(child for child in node.named_children if child.type == "function_name")
        self._functions[name.text.decode().lower()] = node

    def _do_if_statement(self, node: Any, out: list[Any]) -> None:
        for branch in (node, *_of(node, "elseif_clauses", "elseif_clause")):
            condition = next(child for child in branch.named_children if child.type == "pipeline")
            if truth(unrolled(self._pipeline(condition))):
                return self._block(_block_of(branch), out)
        for branch in [child for child in node.named_children if child.type == "else_clause"]:
            self._block(_block_of(branch), out)

    def _do_foreach_statement(self, node: Any, out: list[Any]) -> None:
        variable, source = node.named_children[:2]
        for each in self._pipeline(source):
            self._assign(variable, each)
            try:
                self._block(_block_of(node), out)
            except _Continue:
                continue

    def _do_while_statement(self, node: Any, out: list[Any]) -> None:
        condition = node.named_children[0].named_children[0]
        while truth(unrolled(self._pipeline(condition))):
            self._block(_block_of(node), out)

    def _do_try_statement(self, node: Any, out: list[Any]) -> None:
        try:
            self._block(_block_of(node), out)
        except PowerShellError as error:
            record = Thing(Exception=Thing(Message=error.message), Error=lambda kept=error: kept)
            self._scopes[-1]["_"] = record
            (clause,) = _of(node, "catch_clauses", "catch_clause")
            self._block(_block_of(clause), out)

    def _do_flow_control_statement(self, node: Any, out: list[Any]) -> None:
        word = node.children[0].type
        value = unrolled(self._pipeline(node.named_children[0])) if node.named_children else None
        if word == "continue":
            raise _Continue
        if word == "throw":
            assert isinstance(value, Thing)
            raise value.get("Error")
        assert word == "return", word
        out.extend(listed(value))
        raise _Return

    # pipelines and commands

    def _pipeline(self, node: Any) -> list[Any]:
        out: list[Any] = []
        self._do_pipeline(node, out)
        return out

    def _whole(self, chain: Any) -> Any:
        """A chain as one value: what commands give out is unrolled, an expression stays what it is."""
        parts = chain.named_children
        if len(parts) == 1 and parts[0].type != "command":
            return self._value(parts[0])
        return unrolled(self._chain(chain))

    def _chain(self, node: Any) -> list[Any]:
        handed: list[Any] | None = None
        for part in node.named_children:
            is_command = part.type == "command"
            handed = self._command(part, handed) if is_command else listed(self._value(part))
        return handed or []

    def _command(self, node: Any, handed: list[Any] | None) -> list[Any]:
        called = next(c for c in node.named_children if c.type in ("command_name", "command_name_expr"))
        elements = [
            c for part in node.named_children if part.type == "command_elements" for c in part.named_children
        ]
        name = called.text.decode() if called.type == "command_name" else self._invoked(called)
        given = self._given(elements)
        if name.lower() in ("foreach-object", "where-object"):
            return self._each(name.lower(), given["0"], handed or [])
        if name.lower() in self._functions:
            return self._function(self._functions[name.lower()], given)
        return self._call(name, given, handed)

    def _invoked(self, node: Any) -> str:
        variable, dotted = node.named_children[0].named_children
        return str(member(self._variable(variable), dotted.text.decode().lstrip(".")))

    def _given(self, elements: list[Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        name, place = "", 0
        for element in [each for each in elements if each.type != "command_argument_sep"]:
            if element.type == "command_parameter":
                name = element.text.decode().lstrip("-").lower()
                given[name] = True  # a switch, until a value follows
                continue
            if element.text.decode().startswith("@") and element.named_children[0].type == "variable":
                given |= {
                    key.lower(): value
                    for key, value in self._scopes[-1][element.text.decode()[1:].lower()].items()
                }
                continue
            value = element.text.decode() if element.type == "generic_token" else self._value(element)
            given[name or str(place)] = value
            place, name = place + (not name), ""
        return given

    def _each(self, name: str, block: ScriptBlock, handed: list[Any]) -> list[Any]:
        out: list[Any] = []
        outer = self._scopes[-1].get("_")
        for each in handed:
            self._scopes[-1]["_"] = each
            found: list[Any] = []
            self._block(block.body, found)
            out.extend(found if name == "foreach-object" else [each] if truth(unrolled(found)) else [])
        self._scopes[-1]["_"] = outer
        return out

    def _function(self, node: Any, given: Mapping[str, Any]) -> list[Any]:
        (listing,) = [each for each in walk(node) if each.type == "parameter_list"]
        names = [each.text.decode()[1:].lower() for each in walk(listing) if each.type == "variable"]
        self._scopes.append({name: given.get(str(place)) for place, name in enumerate(names)})
        out: list[Any] = []
        try:
            self._block(node, out)
        except _Return:
            pass
        finally:
            self._scopes.pop()
        return out

    def _call(self, name: str, given: Mapping[str, Any], handed: list[Any] | None) -> list[Any]:
        match name.lower():
            case "set-strictmode":
                return []
            case "convertfrom-json":
                return [from_json(given["inputobject"])]
            case "convertto-json":
                return [to_json(given["inputobject"], int(given.get("depth", 2)))]
            case "write-error":
                raise PowerShellError(given["errorid"], str(given["category"]), given["message"])
        cmdlet = self._cmdlets.get(name.lower())
        if cmdlet is None:
            raise PowerShellError(
                "CommandNotFoundException", "ObjectNotFound", f"The term '{name}' is not recognized"
            )
        return cmdlet(given, handed)

    # expressions

    def _value(self, node: Any) -> Any:
        return getattr(self, f"_get_{node.type}")(node)

    def _first(self, node: Any) -> Any:
        return self._value(node.named_children[0])

    _get_unary_expression = _get_expression_with_unary_operator_inner = _first
    _get_string_literal = _get_integer_literal = _first

    def _get_expression_with_unary_operator(self, node: Any) -> Any:
        if node.children[0].type in ("-not", "!"):
            return not truth(self._value(node.named_children[-1]))
        return self._first(node)

    def _get_cast_expression(self, node: Any) -> Any:
        kind, inner = node.named_children
        assert kind.text.decode().lower() == "[string]", kind.text
        return text(self._value(inner))

    def _get_parenthesized_expression(self, node: Any) -> Any:
        return self._whole(node.named_children[0].named_children[0])

    def _get_sub_expression(self, node: Any) -> Any:
        return unrolled(self._get_array_expression(node))

    def _get_array_expression(self, node: Any) -> list[Any]:
        out: list[Any] = []
        self._block(node, out)
        return out

    def _get_array_literal_expression(self, node: Any) -> list[Any]:
        return [self._value(each) for each in node.named_children]

    def _get_hash_literal_expression(self, node: Any) -> Hashtable:
        found = Hashtable()
        for entry in _of(node, "hash_literal_body", "hash_entry"):
            key, value = entry.named_children
            found[key.text.decode()] = self._whole(value.named_children[0])
        return found

    def _get_script_block_expression(self, node: Any) -> ScriptBlock:
        return ScriptBlock(node)

    def _get_verbatim_string_characters(self, node: Any) -> str:
        return str(node.text.decode()[1:-1].replace("''", "'"))

    def _get_expandable_string_literal(self, node: Any) -> str:
        said, at = "", node.start_byte + 1
        for child in node.named_children:
            said += node.text[at - node.start_byte : child.start_byte - node.start_byte].decode()
            said, at = said + text(self._value(child)), child.end_byte
        return said + str(node.text[at - node.start_byte : -1].decode())

    def _get_decimal_integer_literal(self, node: Any) -> int:
        return int(node.text)

    def _get_variable(self, node: Any) -> Any:
        return self._variable(node)

    def _variable(self, node: Any) -> Any:
        name = node.text.decode()[1:].lower()
        constants = {"null": None, "true": True, "false": False}
        if name in constants:
            return constants[name]
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        raise PowerShellError(
            "VariableIsUndefined", "InvalidOperation", f"The variable '${name}' has not been set."
        )

    def _get_member_access(self, node: Any) -> Any:
        of, name = node.named_children
        return member(self._value(of), name.text.decode())

    def _get_element_access(self, node: Any) -> Any:
        of, place = node.named_children
        return self._value(of)[self._value(place)]

    def _get_comparison_expression(self, node: Any) -> bool:
        left, operator, right = node.named_children
        return bool(self._operators[operator.text.decode().lower()](self._value(left), self._value(right)))

    def _get_logical_expression(self, node: Any) -> bool:
        left, right = node.named_children
        operator = node.children[1].type.lower()
        first = truth(self._value(left))
        return (
            first and truth(self._value(right)) if operator == "-and" else first or truth(self._value(right))
        )

    def _get_additive_expression(self, node: Any) -> Any:
        left, right = (self._value(each) for each in node.named_children)
        return left + listed(right) if isinstance(left, list) else left + right

    def _assign(self, target: Any, value: Any) -> None:
        while target.type in ("left_assignment_expression", "unary_expression"):
            target = target.named_children[0]
        if target.type == "variable":
            self._scopes[-1][target.text.decode()[1:].lower()] = value
            return
        of, place = target.named_children
        name = place.text.decode() if target.type == "member_access" else self._value(place)
        self._value(of)[name] = value


def _of(node: Any, *path: str) -> list[Any]:
    """The children along a path of types."""
    found = [node]
    for step in path:
        found = [child for each in found for child in each.named_children if child.type == step]
    return found


def _block_of(node: Any) -> Any:
    return next(child for child in node.named_children if child.type == "statement_block")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)
