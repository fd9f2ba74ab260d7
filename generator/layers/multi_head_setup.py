"""The operands of a multi-head attention, and its queries, keys and values in each head."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from generator.formula.build import equal, every, total
from generator.formula.configure import Setting
from generator.formula.tree import Case, Cases, Expr, Num, Read, Stage, Sym, Tensor, Var, add
from generator.layers.attention_operands import causal
from generator.layers.axes import Axis, at, lengths
from generator.layers.registry import Call

BATCH = Axis("batch", Var("n"), Sym("N", "N", "batch size"))
HEAD = Axis("head", Var("h"), Sym("H", "H", "number of heads"))
QUERY = Axis("query", Var("i"), Sym("L", "I", "number of queries"))
SOURCE = Axis("key", Var("j"), Sym("S", "S", "number of keys"))
KEY = Axis("key", Var("j"), Sym("T", "T", "number of keys with those that are appended"))
WITHIN = Axis("feature", Var("d"), Sym("D", "D", "features of a head"))
EMBEDDING = Sym("E", "E", "features of all heads together")
ROW = Axis("feature", Var("o"), EMBEDDING)
_KINDS = {"query": "q", "key": "k", "value": "v"}
_PARAMETERS = {
    "in_proj_weight": ("W", "weights of the projections, those of queries first"),
    "in_proj_bias": ("b", "biases of the projections, those of queries first"),
    "q_proj_weight": ("W^{q}_{#}", "weights of the queries"),
    "k_proj_weight": ("W^{k}_{#}", "weights of the keys"),
    "v_proj_weight": ("W^{v}_{#}", "weights of the values"),
    "bias_k": (r"\beta^{k}_{#}", "key that is appended"),
    "bias_v": (r"\beta^{v}_{#}", "value that is appended"),
    "out_proj.weight": ("W^{o}_{#}", "weights of the output projection"),
    "out_proj.bias": ("b^{o}_{#}", "biases of the output projection"),
}
INPUTS = tuple(_KINDS)


@dataclass(frozen=True)
class Setup:
    """One call, module or function."""

    call: Call
    heads: int
    batch_first: bool
    packed: bool
    """Whether one weight projects queries, keys and values."""
    zero: bool
    """Whether a key and a value of zeros are appended."""
    needs_weights: bool
    averaged: bool
    causal: bool
    """Whether the mask is the causal one, whatever was given."""

    def given(self, name: str) -> bool:
        """Whether the call has the tensor, by the module's name for it."""
        return self.called(name) in self.call.tensors

    def called(self, name: str) -> str:
        """What the call names a tensor: `out_proj_weight` in the function."""
        return name if self.call.module else name.replace(".", "_")

    @property
    def batched(self) -> bool:
        """Whether there is a batch axis."""
        return len(self.call.shape("query")) == 3

    @property
    def batch(self) -> tuple[Axis, ...]:
        """The batch axis, if there is one."""
        return (BATCH,) if self.batched else ()

    @property
    def lead(self) -> tuple[Axis, ...]:
        """What scores have before query and key."""
        return *self.batch, HEAD

    def placed(self, position: Axis, feature: Axis) -> tuple[Axis, ...]:
        """The axes of an input or of the output, in torch's order."""
        if self.batch_first:
            return *self.batch, position, feature
        return position, *self.batch, feature

    def input_axes(self, name: str) -> tuple[Axis, ...]:
        """The axes of the query, key or value."""
        kind = _KINDS[name]
        length = Sym(f"F_{kind}", f"F_{kind}", f"features of a {name} as it is given")
        return self.placed(QUERY if name == "query" else SOURCE, Axis("feature", Var("f"), length))

    def inputs(self, name: str) -> Tensor:
        """The query, key or value."""
        latex = f"x^{{{_KINDS[name]}}}_{{#}}"
        axes = lengths(self.input_axes(name))
        return Tensor(name, latex, axes, f"{name} as it is given", label=name.title())

    def parameter(self, name: str) -> Tensor:
        """A weight or bias."""
        latex, meaning = _PARAMETERS[name]
        kind = name[0] if name[0] in "qkv" else "q"
        features = Sym(f"F_{kind}", f"F_{kind}")
        sizes: dict[str, tuple[Expr, ...]] = {
            "in_proj_weight": (3 * EMBEDDING, EMBEDDING),
            "in_proj_bias": (3 * EMBEDDING,),
            "bias_k": (Num(1), Num(1), EMBEDDING),
            "bias_v": (Num(1), Num(1), EMBEDDING),
            "out_proj.weight": (EMBEDDING, EMBEDDING),
            "out_proj.bias": (EMBEDDING,),
        }
        own = sizes.get(name, (EMBEDDING, features))
        label = meaning[:1].upper() + meaning[1:]
        return Tensor(self.called(name), latex, own, meaning, "parameter", label=label)

    @property
    def mask_axes(self) -> tuple[Axis, ...]:
        """The axes of the attention mask."""
        if len(self.call.shape("attn_mask")) == 2:
            return QUERY, SOURCE
        both = Sym("NH", "N H" if self.batched else "H", "heads of all samples")
        return Axis("batch and head", Var("u"), both), QUERY, SOURCE

    @property
    def mask(self) -> Tensor:
        """The attention mask."""
        integer = self.call.tensors["attn_mask"].integer
        sizes = lengths(self.mask_axes)
        return Tensor("attn_mask", "M", sizes, "attention mask", integer=integer, label="Mask")

    @property
    def padding(self) -> Tensor:
        """The mask of keys."""
        name = "key_padding_mask"
        integer = self.call.tensors[name].integer
        sizes = lengths((*self.batch, SOURCE))
        label = "Key Padding Mask"
        return Tensor(name, "R", sizes, "mask of keys", integer=integer, label=label)

    @cached_property
    def tensors(self) -> tuple[Tensor, ...]:
        """All operands."""
        found = [*(self.inputs(n) for n in INPUTS)]
        found += [self.parameter(n) for n in _PARAMETERS if self.given(n)]
        found += [self.mask] if self.given("attn_mask") else []
        return (*found, *([self.padding] if self.given("key_padding_mask") else []))

    @property
    def appended(self) -> int:
        """How many keys are appended."""
        return int(self.given("bias_k")) + int(self.zero)

    @property
    def key(self) -> Axis:
        """The keys, with those that are appended."""
        return KEY if self.appended else SOURCE

    @property
    def source(self) -> int:
        """The number of keys that were given."""
        return self.call.shape("key")[1 if self.batched and self.batch_first else 0]

    def position(self, name: str) -> Axis:
        """What the query, key or value is counted by within a head."""
        return QUERY if name == "query" else self.key

    def weight_at(self, name: str, row: Expr) -> Read:
        """The weight of a feature of the query, key or value for a row of its own projection."""
        f = self.input_axes(name)[-1].at
        if not self.packed:
            return self.parameter(f"{_KINDS[name]}_proj_weight")[row, f]
        return self.parameter("in_proj_weight")[self.packed_row(name, row), f]

    def packed_row(self, name: str, row: Expr) -> Expr:
        """The row among those of all three projections."""
        place = INPUTS.index(name)
        return row if place == 0 else (EMBEDDING if place == 1 else place * EMBEDDING) + row

    def projection(self, name: str) -> Stage:
        """The queries, keys or values of each head."""
        row = HEAD.at * WITHIN.length + WITHIN.at
        axes = self.input_axes(name)
        body: Expr = total(axes[-1].span, self.inputs(name)[at(axes)] * self.weight_at(name, row))
        if self.given("in_proj_bias"):
            body = body + self.parameter("in_proj_bias")[self.packed_row(name, row)]
        if name != "query" and self.appended:
            body = self._with_appended(name, row, body)
        kind = _KINDS[name]
        return self.stage(kind, kind, (self.position(name), WITHIN), f"{name} of a head", body)

    def _with_appended(self, name: str, row: Expr, body: Expr) -> Expr:
        known = [Case(SOURCE.at < SOURCE.length, body)]
        if not self.given("bias_k"):
            return Cases(tuple(known), Num(0))
        extra = self.parameter(f"bias_{_KINDS[name]}")[0, 0, row]
        if not self.zero:
            return Cases(tuple(known), extra)
        return Cases((*known, Case(equal(SOURCE.at, SOURCE.length), extra)), Num(0))

    def stage(self, name: str, latex: str, axes: Sequence[Axis], meaning: str, body: Expr) -> Stage:
        """A quantity of each head; the axes are those behind it."""
        every = (*self.lead, *axes)
        return Stage(Tensor(name, latex, lengths(every), meaning, "stage"), at(every), body)

    def masked(self, score: Expr) -> Expr:
        """What becomes of a score."""
        if self.causal:
            return causal(QUERY, KEY)(score)
        out: list[Case] = []
        added: list[Expr] = []
        for name, read in self._masks():
            if self.call.tensors[name].integer:
                # what is appended has no mask
                left_out = equal(read, 1)
                inside = SOURCE.at < SOURCE.length
                condition = every(inside, left_out) if self.appended else left_out
                out.append(Case(condition, Num(-math.inf)))
            else:
                added.append(read)
        score_ = score + (added[0] if len(added) == 1 else add(*added)) if added else score
        if self.appended:
            out.insert(0, Case(SOURCE.at >= SOURCE.length, score))
        return Cases(tuple(out), score_) if out else score_

    def _masks(self) -> list[tuple[str, Read]]:
        found = []
        if self.given("attn_mask"):
            first = (HEAD.at,) if not self.batched else (BATCH.at * HEAD.length + HEAD.at,)
            lead = first if len(self.mask_axes) == 3 else ()
            found.append(("attn_mask", self.mask[(*lead, QUERY.at, SOURCE.at)]))
        if self.given("key_padding_mask"):
            found.append(("key_padding_mask", self.padding[(*at(self.batch), SOURCE.at)]))
        return found

    @property
    def is_masked(self) -> bool:
        """Whether any score is changed."""
        return self.causal or self.given("attn_mask") or self.given("key_padding_mask")

    @property
    def settings(self) -> dict[str, Setting]:
        """The numbers of all symbols."""
        query, key, value = (self.call.shape(n) for n in INPUTS)
        count = query[0 if self.batch_first else 1] if self.batched else 1
        return {
            **({"N": count} if self.batched else {}),
            "H": self.heads,
            "NH": self.heads * count,
            "L": query[1 if self.batched and self.batch_first else 0],
            "S": self.source,
            "T": self.source + self.appended,
            "E": query[-1],
            "D": query[-1] // self.heads,
            "F_q": query[-1],
            "F_k": key[-1],
            "F_v": value[-1],
        }
