"""The nodes of a statement's tree, walked once: each pass asks for those of the classes that it is about."""

from __future__ import annotations

from typing import TypeVar

from sqlglot import exp

_Node = TypeVar("_Node", bound=exp.Expr)


class Nodes:
    """The nodes of a tree by their class. Most classes that a pass asks for stand in no node, and cost no walk."""

    __slots__ = ("_classes", "all")

    def __init__(self, root: exp.Expr) -> None:
        #: Breadth first, the root at first.
        self.all = tuple(root.walk())
        self._classes = frozenset(map(type, self.all))

    def of(self, *classes: type[_Node]) -> list[_Node]:
        """Return the nodes of these classes and those derived from them, breadth first."""
        wanted = {found for found in self._classes if issubclass(found, classes)}
        return [node for node in self.all if type(node) in wanted] if wanted else []  # type: ignore[misc]

    def have(self, *classes: type[exp.Expr]) -> bool:
        """Whether any node is of these classes, or of one derived from them."""
        return any(issubclass(found, classes) for found in self._classes)
