"""Random rewrites of YAML text that keep its meaning: key order, flow and block style, quotes, comments, line width."""

from __future__ import annotations

import random
import re

import yaml

#: Their order is the order of columns, or of steps: it means something.
_ORDERED = frozenset({"columns"})
_NUMBERLIKE = re.compile(r"[-+.]?[0-9].*|[~]?|true|false|null|yes|no|on|off|y|n|\.(inf|nan)", re.IGNORECASE)
#: Words for people: what they say changes nothing that is built.
_PROSE = frozenset(
    {"description", "purpose", "limitations", "usage", "url", "businessName", "dataGranularityDescription"}
)
_HEAD = re.compile(r"^(\s*)(- )?[A-Za-z_]\w*:", re.MULTILINE)


def same_meaning(text: str, rng: random.Random, *, with_prose: bool = True) -> str:
    """Return another way to write the document `text`."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return text
    _shuffle(root, rng, with_prose=with_prose)
    written = yaml.serialize(root, Dumper=yaml.SafeDumper, width=rng.choice((40, 80, 4096)), allow_unicode=True)
    if "|" not in written and ">" not in written and rng.random() < 0.7:
        written = _HEAD.sub(
            lambda match: f"{match[1]}# a remark\n{match[0]}" if rng.random() < 0.2 else match[0], written
        )
    return rng.choice(("", "# first of all\n", "---\n", "\n")) + written


def _shuffle(node: yaml.Node, rng: random.Random, *, with_prose: bool) -> None:
    if isinstance(node, yaml.MappingNode):
        rng.shuffle(node.value)
        node.flow_style = rng.random() < 0.3
        for key, value in node.value:
            if key.value in _ORDERED:
                continue
            if with_prose and key.value in _PROSE and isinstance(value, yaml.ScalarNode) and rng.random() < 0.3:
                value.value = f"{value.value} Said {rng.randrange(100)} times."
            _shuffle(value, rng, with_prose=with_prose)
    elif isinstance(node, yaml.SequenceNode):
        node.flow_style = rng.random() < 0.3
        for item in node.value:
            _shuffle(item, rng, with_prose=with_prose)
    elif isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:timestamp":
            # YAML 1.2 knows no times: they are texts, which the writer (YAML 1.1) must be told.
            node.tag, node.style = "tag:yaml.org,2002:str", "'"
        is_text = node.tag == "tag:yaml.org,2002:str" and node.style is None and not _NUMBERLIKE.fullmatch(node.value)
        if is_text and rng.random() < 0.3:
            node.style = rng.choice(('"', "'"))
