"""The faults: mutmut's operators, and a few that are coarser, as a person makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

_NOTHING = cst.SimpleStatementLine([cst.Pass()])


def changed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What may stand in a node's place."""
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from _first_if_text(node, operator(node))
    if isinstance(node, cst.FunctionDef):
        yield from _emptied(node)
    elif isinstance(node, cst.SimpleStatementLine):
        yield from _left_out(node)
    elif isinstance(node, cst.Return) and node.value is not None and not _is_nothing(node.value):
        yield node.with_changes(value=cst.Name("None"))
    elif isinstance(node, cst.If | cst.While | cst.IfExp) and _is_plain(node.test):
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), _in_brackets(node.test)))
    elif isinstance(node, cst.CompFor) and node.ifs:
        yield node.with_changes(ifs=[])


def _first_if_text(node: cst.CSTNode, found: Iterable[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Words for people are theirs to judge; of a key, one other spelling is enough.
    Another nothing in place of '' or False is hardly ever seen, nor another number of an enumeration."""
    if isinstance(node, cst.SimpleString):
        if " " not in node.value and node.evaluated_value:
            yield from list(found)[:1]
        return
    if isinstance(node, cst.Assign | cst.AnnAssign) and (node.value is None or _is_nothing(node.value)):
        return
    yield from found


def _emptied(node: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """The function as if it did nothing, unless it does nothing already."""
    if not isinstance(node.body, cst.IndentedBlock):
        return
    body = [line for line in node.body.body if not _is_word(line)]
    if not body or all(_is_empty(line) for line in body):
        return
    said = [line for line in node.body.body if _is_word(line)]
    yields = cst.Module([node]).code.find("yield") >= 0
    nothing: list[cst.BaseStatement] = [cst.SimpleStatementLine([cst.Return()])] if yields else [_NOTHING]
    if yields:
        nothing.append(cst.SimpleStatementLine([cst.Expr(cst.Yield())]))
    yield node.with_changes(body=node.body.with_changes(body=[*said, *nothing]))


def _left_out(line: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """A call whose result nobody takes, an error that is raised."""
    if len(line.body) != 1:
        return
    only = line.body[0]
    if isinstance(only, cst.Raise) or (isinstance(only, cst.Expr) and isinstance(only.value, cst.Call)):
        yield line.with_changes(body=[cst.Pass()])


def _is_word(line: cst.BaseStatement) -> bool:
    """A docstring."""
    return isinstance(line, cst.SimpleStatementLine) and any(
        isinstance(part, cst.Expr) and isinstance(part.value, cst.SimpleString | cst.ConcatenatedString)
        for part in line.body
    )


def _is_empty(line: cst.BaseStatement) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and all(
        isinstance(part, cst.Pass) or (isinstance(part, cst.Expr) and isinstance(part.value, cst.Ellipsis))
        for part in line.body
    )


def _is_nothing(value: cst.BaseExpression) -> bool:
    """What a condition takes for the same as None."""
    if isinstance(value, cst.SimpleString):
        return not value.evaluated_value
    if isinstance(value, cst.Call):
        return isinstance(value.func, cst.Name) and value.func.value == "auto"
    if isinstance(value, cst.Tuple | cst.List | cst.Dict):
        return not value.elements
    return isinstance(value, cst.Name) and value.value in ("None", "False")


def _is_plain(test: cst.BaseExpression) -> bool:
    """A condition that no other operator turns round."""
    return not isinstance(test, cst.Comparison | cst.BooleanOperation | cst.UnaryOperation)


def _in_brackets(test: cst.BaseExpression) -> cst.BaseExpression:
    return test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
