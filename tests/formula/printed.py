"""Evaluates an equation from its printed text alone: the other reading that tests compare with."""

from itertools import product

from parser import Parser

from generator.formula.latex import Printer, equation_latex, stage_latex
from generator.formula.operands import lengths

AT_THE_EDGE = {
    "circular": lambda i, n: i % n,
    "replicate": lambda i, n: min(max(i, 0), n - 1),
    "reflect": lambda i, n: (n - 1) - abs((n - 1) - abs(i)),
}


class Printed:
    """An equation as its LaTeX, read back."""

    def __init__(self, equation, operands, symbols=None):
        self.equation = equation
        self.operands = {name: tensor.tolist() for name, tensor in operands.items()}
        self.symbols = symbols or {}
        self.known = {}
        declared = (*equation.tensors, *(s.tensor for s in equation.stages))
        self.elements = {self.symbol(t): self.reader(t) for t in declared}
        self.right = {equation.result.name: self.parsed(equation_latex(equation), equation.indices)}
        for stage in equation.stages:
            text = stage_latex(equation, stage.tensor.name)
            self.right[stage.tensor.name] = self.parsed(text, stage.indices)

    @staticmethod
    def symbol(tensor):
        if "#" in tensor.latex or not tensor.sizes:
            return tensor.latex
        return f"{tensor.latex}_{{#}}"

    def parsed(self, text, indices):
        _, _, right = text.partition(" = ")
        names = [v.name for v in indices]
        parser = Parser(right, symbols=self.symbols, indices=names, elements=self.elements)
        return names, parser.read()

    def reader(self, tensor):
        def read(index):
            sizes = [self.size(s) for s in tensor.sizes]
            inside = []
            for i, n in zip(index, sizes, strict=True):
                if not 0 <= i < n:
                    if tensor.outside is None:
                        raise IndexError(f"{tensor.name}{index} of {sizes}")
                    if tensor.outside.rule == "constant":
                        return tensor.outside.value
                    i = AT_THE_EDGE[tensor.outside.rule](i, n)  # noqa: PLW2901
                inside.append(i)
            if tensor.role == "stage":
                return self.at(tensor.name, tuple(inside))
            found = self.operands[tensor.name]
            for i in inside:
                found = found[i]
            return found

        return read

    def size(self, node):
        text = Printer({}).latex(node)
        return Parser(text, symbols=self.symbols).read()({})

    def at(self, name, index):
        """The value of a stage, or of the result, at an element."""
        if (name, index) not in self.known:
            names, right = self.right[name]
            self.known[name, index] = right(dict(zip(names, index, strict=True)))
        return self.known[name, index]

    def values(self):
        """All elements of the result, row-major."""
        spans = [range(n) for n in lengths(self.equation.result)]
        return [float(self.at(self.equation.result.name, i)) for i in product(*spans)]


def worked_value(text):
    """The value of an expansion's text, numbers alone."""
    return float(Parser(text).read()({}))
