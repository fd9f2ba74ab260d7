"""Each step's part of a gradient is its own, and the parts add up to the whole."""

import torch
from torch import nn
from torch.nn import functional as F

from generator.capture import operands


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        y = self.a(x)
        return self.b(y) * y + torch.sigmoid(self.a(y))


def parts_of(recording, value):
    found = {
        id(operand): operand.grad
        for step in recording.steps
        for operand in operands((step.args, step.kwargs, step.parameters))
        if operand.value is value and operand.grad is not None
    }
    return list(found.values())


def test_the_parts_add_up_to_the_gradient_of_every_value(record):
    recording = record(Branches().double(), torch.randn(3, 4, dtype=torch.float64))
    everything = [*recording.inputs.values(), *recording.parameters.values()]
    everything += [o.value for s in recording.steps for o in operands(s.args)]
    for value in everything:
        parts = parts_of(recording, value)
        assert parts, value.name
        torch.testing.assert_close(sum(parts), value.grad, rtol=1e-13, atol=1e-13)
    # The test can fail: these values do have several consumers.
    assert len(parts_of(recording, recording.parameters["a.weight"])) == 2
    assert len(parts_of(recording, recording.steps[0].outputs)) == 3


def test_each_part_is_the_gradient_of_its_step_alone(record):
    recording = record(Branches(), torch.randn(3, 4))
    for step in recording.steps:
        if step.type != "torch.nn.Linear":
            continue
        x, weight, bias = (
            v.data.clone().requires_grad_()
            for v in (
                step.args[0].value,
                step.parameters["weight"].value,
                step.parameters["bias"].value,
            )
        )
        expected = torch.autograd.grad(
            F.linear(x, weight, bias), [x, weight, bias], step.outputs.grad
        )
        found = [step.args[0], step.parameters["weight"], step.parameters["bias"]]
        for operand, grad in zip(found, expected, strict=True):
            torch.testing.assert_close(operand.grad, grad)


def test_one_tensor_given_twice_to_an_operator_is_told_apart(record):
    class Twice(nn.Module):
        def forward(self, x):
            y = 3 * x
            return y - y * 0.5 if x.shape[0] == 1 else torch.sub(y, y)

    recording = record(Twice(), torch.tensor([1.0, 2.0]), loss=lambda y: y.sum())
    step = next(s for s in recording.steps if s.type == "torch.sub")
    assert step.args[0].value is step.args[1].value
    assert step.args[0].grad.tolist() == [1, 1]
    assert step.args[1].grad.tolist() == [-1, -1]


def test_one_tensor_given_twice_to_a_module_is_one_operand(record):
    class Self(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2)

        def forward(self, x):
            return self.attention(x, x, x)[0]

    recording = record(Self(), torch.randn(3, 4))
    step = recording.steps[0]
    assert step.type == "torch.nn.MultiheadAttention"
    assert step.args[0] is step.args[1] is step.args[2]
    assert torch.equal(step.args[0].grad, recording.inputs["x"].grad)
    assert "out_proj.weight" in step.parameters


def test_a_layer_that_hands_on_its_input_has_its_own_value_and_part(record):
    class Hands(nn.Module):
        def __init__(self):
            super().__init__()
            self.identity = nn.Identity()

        def forward(self, x):
            y = 2 * x
            a = y.exp()
            return self.identity(y) * 3 + a

    x = torch.tensor([0.5, -1.0])
    recording = record(Hands(), x, loss=lambda y: y.sum())
    step = next(s for s in recording.steps if s.name == "identity")
    before, after = step.args[0].value, step.outputs
    assert before is not after
    assert after.step == step.index
    assert after.grad.tolist() == [3, 3]
    assert step.args[0].grad.tolist() == [3, 3]
    torch.testing.assert_close(before.grad, 3 + (2 * x).exp())


def test_reasons_are_given_where_there_is_no_gradient(record):
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen = nn.Linear(2, 2).requires_grad_(False)
            self.unused = nn.Linear(2, 2)

        def forward(self, x, index):
            y = self.frozen(x)
            y.exp()
            return y[index], y > 0, y.detach() * 2

    recording = record(Mixed(), torch.randn(3, 2), torch.tensor([0, 1]))
    steps = {step.name: step for step in recording.steps}
    assert recording.inputs["index"].no_grad == "integer tensors have no gradient"
    frozen = recording.parameters["frozen.weight"]
    assert frozen.grad is None
    assert frozen.no_grad == "the parameter does not require a gradient"
    assert "no gradient reached it" in recording.parameters["unused.weight"].no_grad
    assert "no gradient reached it" in steps["exp"].outputs.no_grad
    assert steps["exp"].args[0].no_grad == "no gradient reached the step's output"
    assert steps["gt"].outputs.no_grad == "boolean tensors have no gradient"
    assert steps["mul"].args[0].no_grad == "the tensor does not require a gradient"
    assert steps["detach"].args[0].no_grad == "the step sends no gradient back to it"
    assert recording.not_run == ("unused",)


def test_a_full_backward_hook_does_not_break_the_chain(record):
    module = Branches()
    module.b.register_full_backward_hook(lambda *_: None)
    recording = record(module, torch.randn(3, 4))
    b = next(step for step in recording.steps if step.name == "b")
    mul = next(step for step in recording.steps if step.name == "mul")
    assert mul.args[0].value is b.outputs
    assert b.args[0].grad is not None
    assert torch.equal(mul.args[0].grad, b.outputs.grad)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_ctx, x):
        return x.clone() * 2

    @staticmethod
    def backward(_ctx, grad):
        return grad * 2


bound_early = Doubled.apply


def test_a_custom_autograd_function_is_one_step(record):
    class Uses(nn.Module):
        def forward(self, x):
            return Doubled.apply(x + 1) * 3

    original = torch.autograd.Function.__dict__["apply"]
    recording = record(Uses(), torch.ones(2), loss=lambda y: y.sum())
    assert [s.name for s in recording.steps] == ["add", "Doubled", "mul", "loss"]
    step = recording.steps[1]
    assert step.type == "test_gradients.Doubled"
    assert step.args[0].value is recording.steps[0].outputs
    assert step.args[0].grad.tolist() == [6, 6]
    assert step.outputs.grad.tolist() == [3, 3]
    assert torch.autograd.Function.__dict__["apply"] is original


def test_a_custom_function_that_is_not_seen_leaves_the_chain_whole(record):
    class Uses(nn.Module):
        def forward(self, x):
            return bound_early(x) * 3

    recording = record(Uses(), torch.ones(2), loss=lambda y: y.sum())
    assert [s.name for s in recording.steps] == ["clone", "mul_1", "mul_2", "loss"]
    assert recording.steps[2].args[0].value is recording.steps[1].outputs
    assert recording.steps[1].outputs.grad.tolist() == [3, 3]
    assert recording.steps[0].args[0].no_grad == "the step sends no gradient back to it"
    assert recording.inputs["x"].grad.tolist() == [6, 6]


def test_a_step_answers_for_its_own_nodes_only(record):
    class Reads(nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = []

        def forward(self, x):
            return x * self.seen[-1]

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.reads = Reads()

        def forward(self, x):
            self.reads.seen = [x.exp()]
            return self.reads(x)

    x = torch.tensor([0.5, -1.0])
    recording = record(Net(), x, loss=lambda y: y.sum(), is_step=lambda name: "Reads" in name)
    exp, reads = recording.steps[:2]
    # What flows back through exp(x), which the step reads unseen, is exp's part and not its own.
    torch.testing.assert_close(reads.args[0].grad, x.exp())
    torch.testing.assert_close(exp.args[0].grad, x * x.exp())


def test_a_step_that_reaches_its_operand_on_two_ways_has_the_sum(record):
    class Both(nn.Module):
        def forward(self, x):
            return x.exp() + x.sin()

    x = torch.tensor([0.5, -1.0])
    recording = record(
        nn.Sequential(Both()), x, is_step=lambda name: "Both" in name, loss=lambda y: y.sum()
    )
    torch.testing.assert_close(recording.steps[0].args[0].grad, x.exp() + x.cos())


def test_what_arrives_at_an_output_leaves_out_its_way_through_another_output(record):
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTMCell(3, 4)

        def forward(self, x):
            h, c = self.lstm(x)  # h = o tanh(c)
            return h + 2 * c + c

    recording = record(Cell(), torch.randn(2, 3), loss=lambda y: y.sum())
    h, c = next(s for s in recording.steps if s.type == "torch.nn.LSTMCell").outputs
    assert torch.equal(h.grad, torch.ones(2, 4))
    assert torch.equal(c.grad, torch.full((2, 4), 3.0))


def test_an_output_that_only_another_output_uses_gets_nothing(record):
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTMCell(3, 4)

        def forward(self, x):
            h, _ = self.lstm(x)
            return h

    recording = record(Cell(), torch.randn(2, 3))
    h, c = next(s for s in recording.steps if s.type == "torch.nn.LSTMCell").outputs
    assert h.grad is not None
    assert c.grad is None
