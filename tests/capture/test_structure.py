"""Names, containers, arguments, and an unbroken chain from the inputs to the loss."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generator.capture import operands, values


@dataclasses.dataclass
class Pair:
    left: torch.Tensor
    right: torch.Tensor | None = None


class Block(nn.Module):
    """A block.

    With more to say.
    """

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)) + x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.relu = nn.ReLU()
        self.spare = nn.Sequential(nn.Linear(2, 2))
        self.scale = torch.tensor(0.5)
        self.shift = nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, x, *rest, pair=None):
        for block in self.blocks:
            x = block(x)
        x = self.relu(self.blocks[0](x)) * self.scale + self.shift
        a, b, c = x.unbind(1)
        return Pair(F.relu(torch.cat([a, b, c, rest[0] + pair["p"]])), x[:, :1, ..., 0])


@pytest.fixture
def recording(record):
    torch.manual_seed(0)
    x, y = torch.randn(1, 3, 4, 4), torch.randn(1, 4, 4)
    return record(
        Net(),
        x,
        y,
        kwargs={"pair": {"p": y}},
        loss=lambda out: (out.left * out.left).mean() + out.right.sum(),
        root=Path(__file__).parent.parent,
    )


def test_names_of_steps_are_unique_and_no_modules(recording):
    keys = [(step.name, step.call) for step in recording.steps]
    assert len(set(keys)) == len(keys)
    names = [step.name for step in recording.steps]
    # self.relu has the plain name, so the function of the same name is numbered.
    assert names == [
        "blocks.0.conv", "blocks.0.norm", "blocks.0.add_1", "blocks.0.relu_1",
        "blocks.1.conv", "blocks.1.norm", "blocks.1.add", "blocks.1.relu",
        "blocks.0.conv", "blocks.0.norm", "blocks.0.add_2", "blocks.0.relu_2",
        "relu", "mul_1", "add_1", "unbind", "add_2", "cat", "relu_1", "getitem",
        "mul_2", "mean", "sum", "loss",
    ]  # fmt: skip
    assert [s.call for s in recording.steps if s.name == "blocks.0.conv"] == [0, 1]


def test_kinds_types_and_scopes(recording):
    steps = {step.name: step for step in recording.steps}
    assert steps["blocks.1.conv"].type == "torch.nn.Conv2d"
    assert steps["blocks.1.relu"].type == "torch.nn.functional.relu"
    assert steps["blocks.1.relu"].scope == "blocks.1"
    assert steps["blocks.1.add"].type == "torch.Tensor.add"
    assert steps["cat"].type == "torch.cat"
    assert steps["getitem"].type == "torch.Tensor.__getitem__"
    assert [s.kind for s in recording.steps[-5:]] == ["function", "loss", "loss", "loss", "loss"]
    assert steps["loss"].outputs is recording.loss
    assert recording.loss.grad.item() == 1


def test_every_operand_was_there_before(recording):
    made = {}
    for step in recording.steps:
        inside = (step.args, step.kwargs, step.parameters, step.buffers)
        for operand in operands(inside):
            value = operand.value
            if value.origin == "step":
                assert made[value.id] is value
                assert recording.steps[value.step].name == value.name
            else:
                assert value.origin in ("input", "parameter", "buffer", "constant")
        made |= {value.id: value for value in values(step.outputs)}
    assert made[recording.loss.id] is recording.loss
    assert all(made[value.id] is value for value in recording.outputs)


def test_inputs_constants_and_parameters_have_their_names(recording):
    steps = {step.name: step for step in recording.steps}
    assert list(recording.inputs) == ["x", "rest[0]", "pair.p"]
    assert recording.inputs["rest[0]"] is recording.inputs["pair.p"]
    assert steps["mul_1"].args[1].value.name == "scale"
    assert steps["mul_1"].args[1].value.origin == "constant"
    assert steps["add_1"].args[1].value is recording.parameters["shift"]
    assert steps["add_1"].args[1].value.name == "shift"


def test_containers_hold_what_ran_in_them(recording):
    containers = {container.name: container for container in recording.containers}
    assert list(containers) == ["", "blocks.0", "blocks.1"]
    root, block = containers[""], containers["blocks.0"]
    assert root.type == "test_structure.Net"
    assert root.children[:4] == ("blocks.0", "blocks.1", "relu", "mul_1")
    assert root.outputs == recording.outputs
    assert block.doc == "A block."
    assert block.output_names == ("output",)
    assert block.inputs == (recording.inputs["x"],)
    assert block.outputs[0].name == "blocks.0.relu_1"
    assert block.children[:2] == ("blocks.0.conv", "blocks.0.norm")
    assert recording.not_run == ("spare",)


def test_sources_are_lines_of_the_users_file(recording):
    steps = {step.name: step for step in recording.steps}
    source = steps["blocks.1.conv"].source
    assert source.file == "capture/test_structure.py"
    assert source.code == "return F.relu(self.norm(self.conv(x)) + x)"
    assert "loss=lambda out" in steps["loss"].source.code
    assert recording.containers[0].source.code.startswith("def forward(self, x, *rest")


def test_arguments_and_attributes_are_plain(recording):
    steps = {step.name: step for step in recording.steps}
    assert steps["getitem"].args[1] == (slice(None), slice(None, 1), ..., 0)
    assert steps["unbind"].args[1:] == (1,)
    assert len(steps["unbind"].outputs) == 3
    assert [o.value for o in operands(steps["cat"].args[0][:3])] == list(steps["unbind"].outputs)
    attributes = steps["blocks.1.conv"].attributes
    assert attributes["padding"] == (1, 1)
    assert attributes["training"] is True
    assert not any(key.startswith("_") for key in attributes)


def test_shared_weights_are_one_value(record):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 3, bias=False)
            self.second = nn.Linear(3, 3, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x))

    recording = record(Tied(), torch.ones(1, 3))
    first, second = recording.steps[:2]
    assert first.parameters["weight"].value is second.parameters["weight"].value
    assert list(recording.parameters) == ["first.weight"]


def test_a_step_hides_what_happens_in_it_and_a_container_does_not(record):
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval()
    x = torch.randn(1, 3, 4)
    hidden = record(layer, x, is_step=lambda name: name == "torch.nn.TransformerEncoderLayer")
    assert [s.name for s in hidden.steps] == ["transformerencoderlayer", "loss"]
    assert hidden.not_run == ()
    shown = record(layer, x, is_step=lambda _: False)
    assert {"linear1", "norm2", "self_attn.multi_head_attention_forward"} <= {
        step.name for step in shown.steps
    }


def test_a_subclass_is_not_taken_for_its_base(record):
    class Halved(nn.Conv2d):
        def forward(self, x):
            return super().forward(x) * 0.5

    recording = record(nn.Sequential(Halved(1, 1, 1)), torch.ones(1, 1, 2, 2))
    assert [s.name for s in recording.steps] == ["0.conv2d", "0.mul", "loss"]
    assert recording.steps[0].args[1].value is recording.parameters["0.weight"]


def test_functions_that_give_no_tensor_and_bookkeeping_are_not_listed(record):
    class Asks(nn.Module):
        def forward(self, x):
            assert x.dim() == x.shape[0] == len(x.size())
            x.sum().item()
            made = torch.arange(2.0)
            return (x + made.requires_grad_()).T

    recording = record(Asks(), torch.ones(2, 2))
    assert [s.name for s in recording.steps] == ["sum", "arange", "add", "T", "loss"]
    assert list(operands(recording.steps[1].args)) == []
    assert recording.steps[1].type == "torch.arange"
    assert recording.steps[1].outputs.grad.tolist() == [2 * 1 + 0, 2 * 1 + 2]


def test_a_reparametrised_weight_is_computed_by_steps(record):
    module = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    recording = record(nn.Sequential(module), torch.ones(1, 3))
    linear = next(s for s in recording.steps if s.type == "torch.nn.functional.linear")
    weight = linear.args[1].value
    assert weight.origin == "step"
    assert weight.name.startswith("0.parametrizations.weight")
    assert recording.not_run == ()


def test_a_caught_error_leaves_no_step_behind(record):
    class Tries(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x):
            try:
                x = self.linear(x[:, :1])
            except RuntimeError:
                x = x * 2
            return self.linear(x)

    recording = record(Tries(), torch.ones(1, 3))
    assert [s.name for s in recording.steps] == ["getitem", "mul", "linear", "loss"]


def test_a_module_called_loss_keeps_its_name(record):
    class Names(nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = nn.Linear(4, 2)
            self.relu_1 = nn.ReLU()

        def forward(self, x):
            return F.relu(self.relu_1(F.relu(self.loss(x))))

    recording = record(Names(), torch.ones(1, 4))
    assert [s.name for s in recording.steps] == ["loss", "relu_2", "relu_1", "relu_3", "loss_1"]
    assert recording.loss.name == "loss_1"
