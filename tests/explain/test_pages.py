"""What a page says of a step besides its numbers: links, symbols, names, and what is not there."""

import re
from dataclasses import replace

import pytest
import torch
from breaking import Function
from pages import explain, explained, gradient, recorded, sound, step, verdict
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Sym
from generator.layers import registry
from generator.layers.registry import all_examples

HOSTILE = [
    "a b",
    "__x__",
    "index",
    "INDEX",
    "Conv",
    "conv",
    "CONV",
    "é",
    "é".encode().decode("latin-1"),
    "卷积",
    "-rf",
    "a/b",
    "/up",
    "a\\b",
    "con:1?*<>|\"'",
    "%2e%2e",
    "~conv",
    "line\nbreak",
    "x" * 300,
    "x" * 301,
    "nul\0",
    "#fragment",
    "[link](http://example)",
]


def branches():
    """x goes two ways, and both come together."""
    torch.manual_seed(0)

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.second = nn.Linear(4, 4)

        def forward(self, x):
            y = self.first(x)
            return torch.relu(y) + self.second(y)

    return explained(Residual(), torch.randn(3, 4))


def test_operands_come_from_somewhere():
    pages = branches()
    facts = {o.name: (o.origin, o.link) for o in step(pages, "second").operands}
    assert facts["input"][0] == "the output of first"
    assert facts["input"][1].page == step(pages, "first").page
    assert facts["weight"] == ("the parameter second.weight", None)
    (x, *_) = step(pages, "first").operands
    assert x.origin == "the model's input x"
    assert x.link.page == pages.page


def test_outputs_go_somewhere():
    pages = branches()
    readers = [link.page for link in step(pages, "first").consumers]
    assert readers == [step(pages, "relu").page, step(pages, "second").page]
    assert [link.page for link in step(pages, "add").consumers] == [step(pages, "loss").page]
    assert step(pages, "loss").consumers == ()


def test_gradients_arrive_from_the_readers_and_go_to_the_origin():
    pages = branches()
    found = gradient(step(pages, "second"), "grad x")
    assert [link.page for link in found.arrives] == [step(pages, "add").page]
    assert found.goes.page == step(pages, "first").page
    assert gradient(step(pages, "second"), "grad weight").goes is None


def test_a_gradient_that_comes_together_is_the_upstream_of_its_origin():
    """Each reader sends its own part; their sum arrives."""
    pages = branches()
    sound(pages)
    first = gradient(step(pages, "first"), "grad bias").worked[0]
    assert first.calculated == pytest.approx(first.actual, rel=1e-5)
    assert len(gradient(step(pages, "first"), "grad bias").arrives) == 2


def test_the_chain_is_unbroken():
    pages = branches()
    for earlier, later in zip(pages.steps, pages.steps[1:], strict=False):
        assert earlier.next.page == later.page
        assert later.previous.page == earlier.page
    assert pages.steps[0].previous is None
    assert pages.steps[-1].next is None
    assert {s.up.page for s in pages.steps} == {pages.page}


@pytest.mark.parametrize("function", [lambda x: x + x, lambda x: x * x], ids=["x + x", "x x"])
def test_a_tensor_consumed_twice(function):
    torch.manual_seed(0)
    pages = explained(Function(function), torch.randn(3, 4))
    sound(pages)
    values = [(v.of, v.status) for v in pages.steps[0].verdicts]
    of = ["output", "grad x", "grad other", "grad args[0] over all uses"]
    assert values == [(name, "verified") for name in of]
    assert len({o.link.page for o in pages.steps[0].operands}) == 1


def test_a_layer_called_twice_has_one_page_with_both_calls():
    layer = nn.Linear(3, 3)

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(self.layer(x))

    pages = explained(Twice(), torch.randn(2, 3))
    sound(pages)
    first, second = step(pages, "layer", 0), step(pages, "layer", 1)
    assert first.page == second.page
    assert pages.parts[1].link.page == f"{first.page}#call-2"
    assert (first.name, second.name) == ("layer", "layer (call 2)")
    assert second.operands[0].origin == "the output of layer"


def test_a_shared_weights_gradient_is_the_sum_over_its_uses():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(5, 3)
            self.head = nn.Linear(3, 5, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, tokens):
            return self.head(self.tokens(tokens))

    torch.manual_seed(0)
    model, tokens = Tied(), torch.tensor([[0, 3, 3]])
    pages = explained(model, tokens)
    sound(pages)
    (found,) = step(pages, "tokens").sums
    assert [link.title for link in found.parts] == ["tokens", "head"]
    assert not step(pages, "head").sums
    (0.5 * model(tokens).square().sum()).backward()
    worked = found.section.worked[0]
    assert worked.actual == float(model.tokens.weight.grad[worked.element])


def test_a_tensor_that_goes_to_several_places_shows_the_sum_of_what_comes_back():
    def fork(x):
        y = x.tanh()
        return y.exp() + 2.0 * y, y.mean()

    pages = explained(Function(fork), torch.randn(3, 4))
    sound(pages)
    (found,) = step(pages, "tanh").sums
    assert found.section.of == "grad output"
    assert [link.title for link in found.parts] == ["exp", "mul", "mean", "loss"][:3]
    assert len(found.section.worked[0].scalars) == 3


def test_more_uses_than_a_line_holds_are_one_sum():
    def often(x):
        return sum((x * k for k in range(1, 12)), start=x)

    pages = explained(Function(often), torch.randn(2))
    sound(pages)
    found = next(s for s in pages.steps[0].sums if "args[0]" in s.section.of)
    assert found.count == 12
    assert r"\sum_{u=0}^{11}" in found.section.general


def test_a_parameter_called_like_an_output_is_not_taken_for_one():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.output_weight = nn.Parameter(torch.randn(3))

        def forward(self, x):
            return x * self.output_weight + self.output_weight

    found = step(explained(Named(), torch.randn(2, 3)), "mul").sums
    assert [(s.section.of, s.upstream) for s in found] == [
        ("grad output_weight over all uses", False)
    ]


def test_a_wrong_part_shows_in_the_sum():
    recording = recorded(Function(lambda x: x.tanh() + x), torch.randn(2, 3))
    value = recording.inputs["args[0]"]
    object.__setattr__(value, "grad", value.grad * (1 + 1e-5))
    pages = explain(recording)
    assert verdict(pages.steps[0], "grad args[0] over all uses").status == "mismatch"


def nested(names):
    """A linear layer of each name, one after the other."""

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            for name in names:
                self.add_module(name, nn.Linear(2, 2))

        def forward(self, x):
            for child in self.children():
                x = child(x)
            return x

    return explained(Named(), torch.randn(1, 2))


def test_hostile_names_have_pages_of_their_own():
    pages = nested(HOSTILE)
    sound(pages)
    found = [s.page for s in pages.steps] + [pages.page]
    assert len({p.lower() for p in found}) == len(HOSTILE) + 2
    for page in found:
        assert re.fullmatch(r"models/model/[A-Za-z0-9_~][A-Za-z0-9._~-]{0,150}\.md", page), page
    assert {s.step for s in pages.steps} == {*HOSTILE, "loss"}


def test_a_containers_page_is_not_a_steps():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.Block = nn.Sequential(nn.Linear(2, 2))
            self.block = nn.Linear(2, 2)

        def forward(self, x):
            return self.block(self.Block(x))

    pages = explained(Outer(), torch.randn(1, 2))
    found = [p.page.lower() for p in (*pages.steps, *pages.containers)]
    assert len(set(found)) == len(found)


def test_an_unknown_layer_has_a_page_with_its_reason(monkeypatch):
    registry.load_all()
    monkeypatch.delitem(registry._RULES, "torch.nn.SELU", raising=False)
    torch.manual_seed(0)
    x = torch.randn(2, 3)
    pages = explained(nn.Sequential(nn.SELU(), nn.Linear(3, 2)), x)
    page = step(pages, "0")
    assert page.refused == "torch.nn.SELU is not explained"
    assert [(v.of, v.status) for v in page.verdicts] == [("output", "unexplained")] + [
        ("grad x", "unexplained")
    ] * (len(page.verdicts) - 1)
    assert (page.forward, page.gradients) == (None, ())
    found = {s.title: s for s in page.statistics}
    output = F.selu(x)
    stats = next(s for title, s in found.items() if title.startswith("output"))
    assert (stats.shape, stats.elements) == ((2, 3), 6)
    assert stats.minimum == pytest.approx(float(output.min()))
    assert stats.maximum == pytest.approx(float(output.max()))
    assert stats.mean == pytest.approx(float(output.double().mean()))
    assert step(pages, "1").operands[0].link.page == page.page
    assert verdict(step(pages, "1"), "grad weight").status == "verified"


def test_a_refused_configuration_says_which():
    layers = nn.LSTM(3, 4, num_layers=2, dropout=0.5)
    page = step(explained(layers, torch.randn(5, 1, 3)), "lstm")
    assert "dropout" in page.refused
    assert {v.status for v in page.verdicts} == {"unexplained"}
    assert [s.elements for s in page.statistics] == [15, 20, 8, 8]


def test_complex_numbers_are_refused_in_words():
    pages = explained(Function(lambda z: torch.sinh(z).abs()), torch.randn(2, dtype=torch.cfloat))
    assert "complex" in step(pages, "sinh").refused


def test_a_frozen_parameter_has_no_gradient():
    module = nn.Linear(3, 2)
    module.weight.requires_grad_(False)
    page = step(explained(module, torch.randn(2, 3)), "linear")
    found = verdict(page, "grad weight")
    assert (found.status, found.checked) == ("given", 0)
    assert found.reason == "the parameter does not require a gradient"
    assert {g.of for g in page.gradients} == {"grad x", "grad bias"}


def test_without_grad_there_is_none():
    def forward(x):
        with torch.no_grad():
            scale = torch.relu(x)
        return scale * x

    pages = explained(Function(forward), torch.tensor([1.0, -2.0]))
    sound(pages)
    page = step(pages, "relu")
    assert verdict(page, "output").status == "verified"
    assert verdict(page, "grad x").status == "given"
    assert "gradient" in verdict(page, "grad x").reason
    assert page.gradients == ()


def test_an_integer_input_has_no_gradient_by_its_nature():
    pages = explained(nn.NLLLoss(), torch.randn(3, 4), torch.tensor([0, 3, 1]))
    sound(pages)
    page = pages.steps[0]
    assert {v.of for v in page.verdicts} == {"output", "grad x"}
    assert [o.dtype for o in page.operands] == ["float32", "int64"]


def general_symbols(formula):
    """The quantities of the forward formula that are numbers once configured."""
    waiting, found = [formula.forward.body], {}
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sym):
            found[node.name] = node.latex
        waiting += [getattr(node, f) for f in getattr(node, "__dataclass_fields__", ())]
        if isinstance(node, tuple):
            waiting += node
    return {latex for name, latex in found.items() if name in formula.settings}


@pytest.mark.parametrize("file", ["conv.py", "avg_pool.py", "batch_norm.py", "gelu.py", "mean.py"])
def test_every_symbol_of_the_formula_is_in_the_table(file, monkeypatch):
    """Whatever the formula shows stands in the table beside it, with a meaning and a value."""
    seen = []

    def watched(explain):
        def explained_call(call):
            seen.append(explain(call))
            return seen[-1]

        return explained_call

    for name, rule in registry.rules().items():
        if rule.file == file:
            monkeypatch.setitem(registry._RULES, name, replace(rule, explain=watched(rule.explain)))
    torch.manual_seed(0)
    function, args, _ = all_examples()[file][0].run()
    module = function if isinstance(function, nn.Module) else Function(function)
    page = explained(module, *args).steps[0]
    table = {s.latex for s in page.symbols}
    formula = seen[0]
    assert general_symbols(formula) <= table
    assert {v.name for v in formula.forward.indices} <= table
    assert all(s.meaning for s in page.symbols)


def test_symbols_are_those_of_all_formulas_of_the_page():
    torch.manual_seed(0)
    pages = explained(nn.LSTM(3, 2), torch.randn(4, 1, 3), loss=lambda out: out[0].sum())
    page = step(pages, "lstm")
    found = {symbol.latex: symbol for symbol in page.symbols}
    for section in (*page.others, *page.gradients):
        for stage in section.stages:
            assert stage.symbol in found
    assert {"y", "h^{n}", "c^{n}", r"\delta^{c}"} <= found.keys()
    assert found["j"].value == "0 … 1"
    assert all(symbol.value for symbol in page.symbols)


def test_an_index_that_goes_as_far_as_another_says_so():
    page = explained(Function(lambda x: x.cumsum(0)), torch.randn(5)).steps[0]
    assert {symbol.latex: symbol.value for symbol in page.symbols}["i'"] == r"\(0 \ldots i\)"


def test_the_upstream_gradient_comes_from_those_that_send_it():
    def masked(x):
        y = x * 2
        return torch.where(y > 0, y, 0.0)

    page = step(explained(Function(masked), torch.randn(3)), "mul")
    assert [link.title for link in page.consumers] == ["gt", "where"]
    [upstream] = page.upstream
    assert [link.title for link in upstream.parts] == ["where"]


def test_elements_of_long_stages_are_worked_out_once_on_a_page():
    torch.manual_seed(0)
    long, short = (
        step(explained(nn.LSTM(wide, 2), torch.randn(3, 1, wide)), "lstm") for wide in (40, 2)
    )

    def names(section):
        return {stage.left.partition("_")[0] for stage in section.worked[0].stages}

    assert {"i", "f", "g", "o"} <= names(long.forward)
    weights = {g.of: g for g in long.gradients}["grad weight_ih_l0"]
    assert not names(weights) & {"i", "f", "g", "o"}
    assert {"o", r"\delta"} <= {symbol for symbol, _ in weights.worked[0].more_stages}
    assert names({g.of: g for g in short.gradients}["grad weight_ih_l0"]) & {"i", "f", "g", "o"}


def test_integers_are_told_from_numbers_that_happen_to_be_whole():
    page = explained(Function(lambda x: x.max(0)[0]), torch.randn(3, 4)).steps[0]
    assert page.forward.dtype == "float32"
    assert page.others[0].dtype == "int64"
    assert page.others[0].pictures == () or page.others[0].pictures[0].whole


class Pair(nn.Module):
    """Two outputs of a container that is
    described over two lines.

    This is more.
    """

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x), {"twice": x * 2}


class HasPair(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = Pair()
        self.spare = nn.ModuleDict({"act": nn.ReLU()})
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(2, 2), nn.Dropout()) for _ in range(3))

    def forward(self, x):
        y, more = self.pair(x)
        for block in self.blocks:
            y = block[0](y)
        return y + more["twice"]


def test_a_containers_outputs_have_names_and_its_description_is_whole():
    (pair,) = (c for c in explained(HasPair(), torch.randn(1, 2)).containers if c.name == "pair")
    assert [o.name for o in pair.outputs] == ["output[0]", "output[1].twice"]
    assert pair.doc == "Two outputs of a container that is described over two lines."


def test_modules_that_never_ran_are_told_by_what_their_names_have_in_common():
    found = explained(HasPair(), torch.randn(1, 2)).not_run
    assert [(f.name, f.type.rpartition(".")[2], len(f.names)) for f in found] == [
        ("spare", "ModuleDict", 1),
        ("blocks.*.1", "Dropout", 3),
    ]
    assert found[1].names == ("blocks.0.1", "blocks.1.1", "blocks.2.1")


def test_what_a_loss_brings_along_is_no_constant_of_the_model():
    target, offset = torch.tensor([1]), torch.tensor([0.5, 0.5])
    pages = explained(
        nn.Linear(2, 2), torch.randn(1, 2), loss=lambda y: F.cross_entropy(y + offset, target)
    )
    origins = {o.name: o.origin for s in pages.steps for o in s.operands if o.link is None}
    assert origins["target"] == "the target that the loss brings along"
    assert origins["other"] == "a tensor that the loss brings along"


class _Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)
        self.second.weight = self.first.weight
        self.table, self.shift = nn.Parameter(torch.randn(6, 2)), nn.Parameter(torch.randn(2))

    def forward(self, x):
        a, b = torch.split(self.second(torch.tanh(self.first(x))), [2, 4], dim=1)
        return torch.addmm(self.shift, torch.cat([b, a], 1), self.table)


def test_what_the_operands_and_outputs_of_a_step_are():
    pages = explained(_Tied(), torch.randn(3, 6))
    product = step(pages, "addmm")
    assert [g.title for g in product.gradients] == [
        "Gradient of the addend",
        "Gradient of the first operand",
        "Gradient of the second operand",
    ]
    assert dict(product.called)["grad x"] == "the gradient of the addend"
    parts = step(pages, "split").outputs
    assert [(p.name, p.holds) for p in parts] == [
        ("part 0", "positions 0 to 1 of the input along axis 1"),
        ("part 1", "positions 2 to 5 of the input along axis 1"),
    ]


def test_a_shared_weight_leads_to_the_sum_of_its_gradient():
    pages = explained(_Tied(), torch.randn(3, 6))
    first, second = step(pages, "first"), step(pages, "second")
    parts = [gradient(each, "grad weight") for each in (first, second)]
    assert [part.summed.page for part in parts] == [f"{first.page}#uses-1"] * 2
    [found] = [s for s in first.sums if not s.upstream]
    assert [part.symbol for part in parts] == ["g^{(1)}", "g^{(2)}"]
    assert found.section.symbol == r"\frac{\partial L}{\partial W}"
    for page, part in zip((first, second), parts, strict=True):
        assert part.symbol in {row.latex for row in page.symbols}
    assert (found.what, [link.title for link in found.parts]) == ("the weight", ["first", "second"])


@pytest.mark.parametrize(("training", "role"), [(True, "not read"), (False, "statistic")])
def test_a_buffer_that_no_formula_reads_is_no_input(training, role):
    pages = explained(nn.BatchNorm1d(3).train(training), torch.randn(4, 3))
    roles = {operand.name: operand.role for operand in pages.steps[0].operands}
    assert (roles["input"], roles["running_mean"], roles["running_var"]) == ("input", role, role)


class Given(nn.Module):
    """A container that is given more than it reads."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)

    def forward(self, x, mask, _spare):
        return self.first(x).chunk(2)[1] * mask


class Gives(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Given()

    def forward(self, x):
        return self.block(x * 2, x + 1, x - 1)


def test_a_container_takes_what_a_step_inside_reads():
    pages = explained(Gives(), torch.ones(2, 4))
    (page,) = pages.containers
    assert [o.origin for o in page.inputs] == ["the output of mul", "the output of add"]
    assert [o.origin for o in page.unread] == ["the output of sub"]
    (row,) = (part for part in pages.parts if part.kind == "container")
    assert len(row.input_shapes) == 2
    product = step(pages, "block.mul")
    assert [o.origin for o in product.operands] == [
        "an output of block.chunk",
        "the output of add",
    ]


def test_a_word_that_several_kinds_of_layers_have_is_no_name_of_one():
    pages = explained(Function(lambda x: x.tanh() + x), torch.randn(2))
    sought = {word for page in pages.steps for word in page.search}
    names = sought - {word for page in pages.steps for word in page.no_synonyms}
    assert {"activation", "skip connection", "plus"} <= sought
    assert names & {"activation", "skip connection", "plus"} == {"plus"}
