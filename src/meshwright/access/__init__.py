"""Who may do what: actions, roles and decisions, as values. Pure: a decision follows from its arguments alone."""

from meshwright.access.decisions import Decision, decide
from meshwright.access.principals import Principal, Role
from meshwright.access.rules import Action, Kind, Rule

__all__ = ["Action", "Decision", "Kind", "Principal", "Role", "Rule", "decide"]
