"""The guide lists what is explained.

`python tests/documents/test_explained.py` prints the list anew.
"""

import itertools
import re
from collections import defaultdict

from texts import guide

from generator.layers.registry import rules

OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "floordiv": "//", "mod": "%",
    "pow": "**", "matmul": "@", "neg": "-x", "pos": "+x", "invert": "~x", "eq": "==", "ne": "!=",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "&", "or": "|", "xor": "^",
    "lshift": "<<", "rshift": ">>", "getitem": "x[…]", "setitem": "x[…] = y",
}  # fmt: skip


def spelling(name):
    """A type as a reader writes it; None for what has no spelling of its own."""
    if name.startswith("torch._C") or not name.startswith("torch."):
        return None
    place, _, base = name.rpartition(".")
    if base.startswith("__"):
        plain = base.strip("_")
        return OPERATORS.get(plain) or OPERATORS.get(plain[1:])
    short = {"torch.nn": "nn.", "torch.nn.functional": "F.", "torch.Tensor": "Tensor."}
    return short.get(place, place + ".") + base.rstrip("_")


def folded(names):
    """Names that differ only in their number of axes as one: nn.Conv{1,2,3}d."""
    found = defaultdict(list)
    for name in sorted(names):
        found[re.sub(r"\d(?=d)", "#", name)].append(re.search(r"\d(?=d)|$", name)[0])
    for name, digits in found.items():
        yield name.replace("#", digits[0] if len(digits) == 1 else f"{{{','.join(digits)}}}")


def explained():
    """The guide's table, from the rules."""
    lines = []
    in_order = sorted(rules().values(), key=lambda rule: (rule.file, rule.type))
    for _, group in itertools.groupby(in_order, lambda rule: rule.file):
        found = list(group)
        titles = dict.fromkeys(re.sub(r", \dd$", "", rule.title) for rule in found)
        names = {name for rule in found if (name := spelling(rule.type)) is not None}
        order = sorted(folded(names), key=lambda n: (not n.startswith("nn."), n.lower()))
        types = ", ".join(f"`{name}`" for name in order) or "a model without a loss of its own"
        lines.append(f"| {', '.join(titles)} | {types} |")
    return "\n".join(["| formula | types |", "|---|---|", *sorted(lines, key=str.casefold)])


def test_the_guide_lists_what_is_explained():
    text = guide("layers")
    said = re.search(r"<!-- explained -->\n(.*?)\n<!-- /explained -->", text, re.DOTALL)
    assert said is not None
    assert said[1].splitlines() == explained().splitlines()


if __name__ == "__main__":
    print(explained())
