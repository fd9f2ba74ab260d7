r"""Reads the LaTeX that formulas are printed in, and evaluates it with Python's numbers.

It knows mathematics' conventions and nothing of the printer: a sum sign reaches over the product
behind it, a fraction of integers is exact, a condition guards what it stands beside. Text becomes
closures from the indices' values to a value, so that nothing is read where a condition excludes it.
"""

import math
import re

from numeric import COMMANDS, RELATIONS, Bracket, divide, power, product, reduction, whole

SPACE = re.compile(r"(\s|\\;)+")
NUMBER = re.compile(r"\d+(\.\d+)?")
SIGNS = (r"\sum", r"\prod", r"\max", r"\min", r"\operatorname*{argmax}", r"\operatorname*{argmin}")


class UnreadableError(ValueError):
    """The text is not in the language."""


class Parser:
    """A reader of one text.

    `symbols` has a number for each symbol of the configuration, `indices` the names of the indices
    that are bound outside, `elements` for each tensor's symbol, with # for its indices, a function
    from a tuple of integers to an element.
    """

    def __init__(self, text, *, symbols=None, indices=(), elements=None):
        self.text = text
        self.at = 0
        self.symbols = dict(symbols or {})
        self.indices = set(indices)
        self.elements = dict(elements or {})

    def read(self):
        """The text as a function of the indices' values."""
        found = self.sum()
        self.space()
        if self.at != len(self.text):
            raise self.unreadable("the end")
        return found

    # reading

    def space(self):
        match = SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def sees(self, *tokens):
        self.space()
        return any(self.text.startswith(t, self.at) for t in tokens)

    def takes(self, *tokens):
        self.space()
        for token in tokens:
            if self.text.startswith(token, self.at):
                self.at += len(token)
                return token
        return None

    def expects(self, *tokens):
        found = self.takes(*tokens)
        if found is None:
            raise self.unreadable(" or ".join(tokens))
        return found

    def unreadable(self, wanted):
        return UnreadableError(f"{self.text[: self.at]} ⟨{wanted}?⟩ {self.text[self.at :]}")

    def attempt(self, read):
        """What `read` reads, or None and nothing read."""
        start = self.at
        try:
            return read()
        except UnreadableError:
            self.at = start
            return None

    # arithmetic

    def sum(self):
        parts = [self.signed(-1 if self.takes("-") else 1)]
        while sign := self.takes("+", "-"):
            parts.append(self.signed(-1 if sign == "-" else 1))
        if len(parts) == 1:
            return parts[0]
        return lambda at: sum(part(at) for part in parts)

    def signed(self, sign):
        if self.sees("-"):
            raise self.unreadable("a number in parentheses")
        term = self.term()
        return term if sign == 1 else lambda at: -term(at)

    def term(self):
        left = self.product()
        if not self.takes(r"\bmod"):
            return left
        right = self.factor()
        return lambda at: left(at) % right(at)

    def product(self):
        factors = [self.factor()]
        while True:
            if self.takes(r"\cdot", r"\times", r"\,"):
                factors.append(self.factor())
                continue
            # factors of an index stand side by side
            beside = None if self.sees(*"+-,=<>)]}&|", r"\right") else self.attempt(self.factor)
            if beside is None:
                break
            factors.append(beside)
        if len(factors) == 1:
            return factors[0]
        return product(factors)

    def factor(self):
        if self.sees(*SIGNS) and (reduction := self.attempt(self.reduction)) is not None:
            return reduction
        base = self.atom()
        if not self.takes("^{"):
            return base
        exponent = self.sum()
        self.expects("}")
        return lambda at: power(base(at), exponent(at))

    def atom(self):
        self.space()
        for read in (self.element, self.symbol, self.number, self.group, self.command):
            found = read()
            if found is not None:
                return found
        raise self.unreadable("an expression")

    def number(self):
        match = NUMBER.match(self.text, self.at)
        if match:
            self.at = match.end()
            value = float(match[0]) if match[1] else int(match[0])
            return lambda at: value
        if self.takes(r"\infty"):
            return lambda at: math.inf
        return (lambda at: math.nan) if self.takes(r"\text{NaN}") else None

    def symbol(self):
        for name in sorted({*self.symbols, *self.indices}, key=len, reverse=True):
            if self.takes(name):
                if name in self.symbols:
                    value = self.symbols[name]
                    return lambda at: value
                return lambda at: at[name]
        return None

    def element(self):
        for symbol, read in sorted(self.elements.items(), key=lambda s: -len(s[0])):
            before, _, after = symbol.partition("#")
            start = self.at
            if not self.takes(before):
                continue
            if "#" not in symbol:
                return lambda at, read=read: read(())
            places = [self.sum()]
            while self.takes(","):
                places.append(self.sum())
            if self.takes(after):
                return lambda at, read=read, places=places: read(
                    tuple(whole(p(at)) for p in places)
                )
            self.at = start
        return None

    def group(self):
        for opening, closing, apply in (
            (r"\left\lfloor", r"\right\rfloor", math.floor),
            (r"\left|", r"\right|", abs),
            (r"\left(", r"\right)", None),
            ("(", ")", None),
        ):
            if self.takes(opening):
                inner = self.sum()
                self.expects(closing)
                return inner if apply is None else applied(apply, inner)
        if self.takes(r"\left["):
            condition = self.conditions()
            self.expects(r"\right]")
            return Bracket(condition)
        return None

    def command(self):
        if self.takes(r"\frac{"):
            top = self.sum()
            self.expects("}{")
            bottom = self.sum()
            self.expects("}")
            return lambda at: divide(top(at), bottom(at))
        if self.takes(r"\begin{cases}"):
            return self.cases()
        for opening in ("e^{", r"\sqrt{"):
            if self.takes(opening):
                inner = self.sum()
                self.expects("}")
                return applied(COMMANDS[opening], inner)
        for name in sorted(COMMANDS, key=len, reverse=True):
            if self.takes(name):
                return self.call(COMMANDS[name])
        return None

    def call(self, function):
        self.expects(r"\left(")
        arguments = [self.sum()]
        while self.takes(","):
            arguments.append(self.sum())
        self.expects(r"\right)")
        return lambda at: function(*(a(at) for a in arguments))

    def cases(self):
        lines = []
        while True:
            value = self.sum()
            self.expects("&")
            if self.takes(r"\text{otherwise}"):
                self.expects(r"\end{cases}")
                return lambda at: next((v for c, v in lines if c(at)), value)(at)
            self.expects(r"\text{if }")
            lines.append((self.conditions(), value))
            self.expects(r"\\")

    # reductions

    def reduction(self):
        sign = self.expects(*SIGNS)
        if sign not in {r"\sum", r"\prod"}:
            return self.extreme(sign)
        levels = []
        outside = set(self.indices)
        while True:
            levels.append(self.limits())
            if not self.takes(sign):
                break
        body = self.product()
        self.indices = outside
        return reduction(sign, levels, body)

    def limits(self):
        """What stands below and above one sum sign."""
        self.expects("_{")
        stacked = bool(self.takes(r"\substack{"))
        name = self.name()
        self.expects("=")
        start = self.sum()
        self.indices.add(name)
        conditions = []
        while stacked and self.takes(r"\\"):
            conditions.append(self.conditions())
        self.expects("}}^{" if stacked else "}^{")
        last = self.sum()
        self.expects("}")
        return name, start, lambda at: last(at) + 1, conditions

    def extreme(self, sign):
        self.expects("_{")
        stacked = bool(self.takes(r"\substack{"))
        outside = set(self.indices)
        levels = [self.span()]
        while self.takes(r"\\"):
            span = self.attempt(self.span)
            if span is None:
                levels[-1][3].append(self.conditions())
            else:
                levels.append(span)
        self.expects("}}" if stacked else "}")
        body = self.product()
        self.indices = outside
        return reduction(sign, levels, body)

    def span(self):
        start = self.sum()
        self.expects(r"\le")
        name = self.name()
        if name in self.indices:
            raise self.unreadable("a new index")
        self.expects("<")
        stop = self.sum()
        self.indices.add(name)
        return name, start, stop, []

    def name(self):
        self.space()
        match = re.compile(r"[A-Za-z]\w*(?:_\{\w+\})?'*").match(self.text, self.at)
        if not match:
            raise self.unreadable("an index")
        self.at = match.end()
        return match[0]

    # conditions

    def conditions(self):
        """Several that all hold, separated by commas."""
        parts = [self.alternatives()]
        while self.takes(","):
            parts.append(self.alternatives())
        return lambda at: all(part(at) for part in parts)

    def alternatives(self):
        parts = [self.condition()]
        while self.takes(r"\text{ or }"):
            parts.append(self.condition())
        return lambda at: any(part(at) for part in parts)

    def condition(self):
        if self.takes(r"\text{not }"):
            self.expects(r"\left(")
            inner = self.conditions()
            self.expects(r"\right)")
            return lambda at: not inner(at)
        found = self.attempt(self.relation)
        if found is None:
            self.expects(r"\left(")
            found = self.conditions()
            self.expects(r"\right)")
        return found

    def relation(self):
        sides, between = [self.sum()], []
        while relation := self.takes(*RELATIONS):
            between.append(RELATIONS[relation])
            sides.append(self.sum())
        if not between:
            raise self.unreadable("a relation")
        return lambda at: all(
            compare(sides[k](at), sides[k + 1](at)) for k, compare in enumerate(between)
        )


def applied(function, inner):
    return lambda at: function(inner(at))
