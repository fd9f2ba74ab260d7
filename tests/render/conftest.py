"""A small model's explanation, built by hand; tests replace what they are about."""

from dataclasses import replace

import pytest

from generator.explanation import (
    ContainerPage,
    Grid,
    GridCell,
    Link,
    LongSum,
    Maximum,
    ModelPages,
    NoteText,
    NotRun,
    OperandFact,
    Part,
    Picture,
    Plane,
    Scalar,
    Section,
    SizeFact,
    StageFormula,
    StageWorked,
    Statistics,
    StepPage,
    Symbol,
    Term,
    TermGroup,
    Upstream,
    Verdict,
    Worked,
)

UP = Link("Tiny", "", "models/tiny/index.md")
CONV = Link("conv1", "Convolution, 2d", "models/tiny/conv1.md")
RELU = Link("relu", "ReLU", "models/tiny/relu.md")
BLOCK = Link("block", "tiny.Block", "models/tiny/block.md")
AXES = ("batch", "channel", "height", "width")
COUNTS = (("verified", 4),)


def verdict(of="output", **changes):
    known = Verdict(of, "verified", 128, 128, 1.1e-8, 2.4e-7, 0.046, None)
    return replace(known, **changes)


def grid():
    cells = (
        (GridCell(0.0, padded=True), GridCell(-0.02857)),
        (GridCell(0.34286), GridCell(1.86429, hit=True)),
    )
    return Grid(
        title="Input Receptive Field",
        symbol="x_{0,c,i,j}",
        shape=(1, 2, 2),
        row_axis="row",
        column_axis="column",
        planes=(Plane("channel 0", ("-1", "0"), ("-1", "0"), cells),),
        padded=1,
        link=UP,
    )


def long_sum(terms=72, omitted=0):
    groups = tuple(
        TermGroup(
            f"c = {c}",
            tuple(
                Term(f"c = {c}, i = {i}", f"0.5000 × {i}.2500", 0.5 * (i + 0.25))
                for i in range(terms // 2)
            ),
            123.456 + c,
        )
        for c in range(2)
    )
    return LongSum("S_{1}", "sum", ("c", "i"), groups, terms + omitted, omitted, 247.912)


def worked(**changes):
    known = Worked(
        element=(0, 0, 1, 1),
        axes=AXES,
        why="it is named in the model's settings",
        left="y_{0,0,1,1}",
        substitution=r"0.2000 \times 0.3000 + \left(-0.0286\right) \times 0.5000 + 0.1000",
        sums=(),
        stages=(),
        grids=(grid(),),
        scalars=(Scalar("b_{0}", "bias", 0.1, None),),
        maximum=None,
        calculated=0.58,
        actual=0.5800000001,
        error=1.2e-8,
        budget=2.4e-7,
    )
    return replace(known, **changes)


def section(of="output", **changes):
    known = Section(
        of=of,
        title="Output" if of == "output" else "Gradient of the input",
        symbol="y",
        shape=(1, 2, 8, 8),
        general=r"y_{n,o} = \sum_{0 \le c < C} x_{n,c} \cdot W_{o,c} + b_{o}",
        configured=r"y_{n,o} = \sum_{c=0}^{0} x_{n,c} \cdot W_{o,c} + b_{o}",
        stages=(),
        worked=(worked(),),
        verdict=verdict(of),
        result="value",
        arrives=(),
        goes=None,
    )
    return replace(known, **changes)


def picture(**changes):
    known = Picture(
        title="input of the layer",
        describes="input of the layer, 1 × 1 × 2 × 3: values from -0.5 to 2",
        planes=(((0.0, -0.5, 2.0), (1.0, 1.0, 0.25)),),
        labels=("",),
        marked=((0, 0, 1), (0, 1, 1)),
    )
    return replace(known, **changes)


def step(**changes):
    gradient = section("grad x", arrives=(RELU,), goes=UP, symbol=r"\frac{\partial L}{\partial x}")
    known = StepPage(
        name="conv1",
        step="conv1",
        call=0,
        kind="module",
        type="torch.nn.Conv2d",
        page=CONV.page,
        title="Convolution, 2d",
        search=("conv", "nn.Conv2d"),
        summary="Slides 2 filters of 3×3 over 1 channel.",
        refused=None,
        operands=(
            OperandFact(
                "input",
                "x",
                "input",
                (1, 1, 8, 8),
                AXES,
                "float32",
                "the model's input x",
                UP,
            ),
            OperandFact(
                "weight",
                "W",
                "parameter",
                (2, 1, 3, 3),
                (),
                "float32",
                "the parameter conv1.weight",
                None,
            ),
        ),
        consumers=(RELU,),
        previous=None,
        next=RELU,
        up=UP,
        input_shapes=((1, 1, 8, 8),),
        output_shape=(1, 2, 8, 8),
        output_axes=AXES,
        output_symbol="y",
        dtype="float32",
        parameters=20,
        multiply_adds=1152,
        configuration=(("stride", "(1, 1)"), ("padding_mode", "zeros")),
        mode="evaluation",
        source="tiny.py, line 23",
        code="x = self.pool1(F.relu(self.conv1(x)))",
        symbols=(
            Symbol("x", "input of the layer", "1 × 1 × 8 × 8", UP),
            Symbol("C", "input channels", r"\(1\)"),
        ),
        sizes=(SizeFact("height", "H'", "H + 2 p - K_h + 1", "8 + 2 - 3 + 1", 8),),
        forward=section(),
        gradients=(gradient,),
        notes=(NoteText("The kernel is not flipped", r"A *cross-correlation*: \(x \star W\)."),),
        pictures=(picture(), picture(title="output", marked=())),
        statistics=(),
        verdicts=(verdict(), verdict("grad x")),
        upstream=(Upstream("y", (RELU,)),),
    )
    return replace(known, **changes)


def relu(**changes):
    known = step(
        name="relu",
        step="relu",
        kind="function",
        type="torch.nn.functional.relu",
        page=RELU.page,
        title="ReLU",
        search=(),
        previous=CONV,
        next=None,
        parameters=0,
    )
    return replace(known, **changes)


def container():
    part = Part(CONV, "torch.nn.Conv2d", "step", ((1, 1, 8, 8),), (1, 2, 8, 8), 20, 1152, COUNTS, 0)
    return ContainerPage(
        name="block",
        type="tiny.Block",
        doc="A block.\n\nWith two paragraphs.",
        page=BLOCK.page,
        up=UP,
        previous=None,
        next=None,
        source="tiny.py, line 9",
        code="def forward(self, x):",
        inputs=step().operands[:1],
        outputs=step().operands[:1],
        parts=(part,),
        parameters=20,
        multiply_adds=1152,
        counts=COUNTS,
    )


def model(**changes):
    inner = container()
    whole = replace(inner.parts[0], link=BLOCK, kind="container")
    known = ModelPages(
        name="tiny",
        title="Tiny",
        summary="Two steps.",
        type="tiny.Tiny",
        page=UP.page,
        source="tiny.py",
        device="cpu",
        mode="evaluation",
        dtype="float32",
        notes=("TF32 is off.",),
        inputs=step().operands[:1],
        outputs=(),
        loss=0.5,
        parts=(whole, replace(inner.parts[0], depth=1)),
        steps=(step(), relu()),
        containers=(inner,),
        not_run=(NotRun("spare", "torch.nn.Linear", ("spare",)),),
        parameters=20,
        multiply_adds=1152,
        counts=COUNTS,
        pictures=(picture(marked=()),),
        decimals=6,
    )
    return replace(known, **changes)


@pytest.fixture
def build():
    """The builders, for tests that cannot import this file: `build.step(name="x")`."""
    return Builders


class Builders:
    container = staticmethod(container)
    grid = staticmethod(grid)
    long_sum = staticmethod(long_sum)
    model = staticmethod(model)
    picture = staticmethod(picture)
    section = staticmethod(section)
    step = staticmethod(step)
    verdict = staticmethod(verdict)
    worked = staticmethod(worked)
    maximum = Maximum
    stage = StageFormula
    stage_worked = StageWorked
    statistics = Statistics
