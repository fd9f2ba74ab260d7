"""How sequences lie in a recurrent layer's tensors: batched either way, a single one, or packed.

Inside, a formula sees them in one form: time step t, and sample s where there is a batch. Packed
sequences are sorted by length, and all samples' step 0 lies before all samples' step 1:
row β_t + s of the data is step t of sample s, which has that step where s < B_t, B being torch's
`batch_sizes` and β_t the sum of those before B_t. What a shorter sequence does not have is read as
0 and used nowhere; its state stays as it is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.formula.build import cases
from generator.formula.tree import Compare, Cond, Expr, Like, Stage, Sym, Tensor, Var, expr
from generator.layers.packing import first_rows, steps_of_rows
from generator.layers.registry import Call, Placed, Refused

T = Sym("T", "T", "number of time steps")
N = Sym("N", "N", "batch size")
I = Sym("I", "I", "number of input features")  # noqa: E741
ROWS = Sym("R", "R", "number of rows of packed data")
STEP, _SAMPLE, _ROW, _FEATURE = Var("t"), Var("s"), Var("p"), Var("m")


@dataclass(frozen=True)
class Sequences:
    """The layout of one call."""

    batched: bool
    batch_first: bool
    packed: bool
    sorted: bool
    """Whether packing has put the samples in another order."""
    timed: bool = True
    """False for a cell, which makes a single step."""

    @classmethod
    def of(cls, call: Call) -> Sequences:
        """The layout of a layer's call; a packed input is the tuple of its four parts."""
        if "input" in call.tensors:
            rank = len(call.shape())
            return cls(rank == 3, rank == 3 and bool(call.options["batch_first"]), False, False)
        given = call.options["input"]
        if not (isinstance(given, tuple) and len(given) == 4 and isinstance(given[0], Placed)):
            raise Refused(
                f"{call.type}: an input that is a {type(given).__name__} is not explained"
            )
        return cls(True, False, True, given[2] is not None)

    @property
    def lead(self) -> tuple[Var, ...]:
        """Indices of one step of one sample."""
        return (*((STEP,) if self.timed else ()), *((_SAMPLE,) if self.batched else ()))

    @property
    def lengths(self) -> tuple[Sym, ...]:
        """The lengths along them."""
        return (*((T,) if self.timed else ()), *((N,) if self.batched else ()))

    @property
    def sample(self) -> tuple[Var, ...]:
        """The index of a sample where there is a batch."""
        return (_SAMPLE,) if self.batched else ()

    @property
    def batch(self) -> tuple[Sym, ...]:
        """The length along it."""
        return (N,) if self.batched else ()

    def at(self, step: Like) -> tuple[Expr, ...]:
        """The indices of another step of the same sample."""
        return (expr(step), *self.sample)

    @property
    def present(self) -> Cond | None:
        """Where the sample has the step; None where each sample has each."""
        return Compare("<", _SAMPLE, _SIZES[STEP]) if self.packed else None

    @property
    def data(self) -> str:
        """The name of the input's tensor among the call's."""
        return "input[0]" if self.packed else "input"

    @property
    def x(self) -> Tensor:
        """The input as it lies."""
        return Tensor(self.data, "x", (*self._lying, I), "input of the layer", label="Input")

    @property
    def _lying(self) -> tuple[Sym, ...]:
        if self.packed:
            return (ROWS,)
        return self.lengths[::-1] if self.batch_first else self.lengths

    @property
    def rows(self) -> tuple[Var, ...]:
        """Indices of the leading axes of input and output as they lie."""
        if self.packed:
            return (_ROW,)
        return self.lead[::-1] if self.batch_first else self.lead

    @property
    def rows_lead(self) -> tuple[Expr, ...]:
        """The step and the sample that lie there."""
        if not self.packed:
            return self.lead
        step = _STEPS[_ROW]
        return step, _ROW - _STARTS[step]

    def lying(self, units: Sym) -> tuple[Sym, ...]:
        """The shape of an output of so many units."""
        return (*self._lying, units)

    def place(self, unit: Like) -> tuple[Expr, ...]:
        """Where the step's number for a unit lies in input or output."""
        if self.packed:
            return _STARTS[STEP] + _SAMPLE, expr(unit)
        return *self.rows, expr(unit)

    def only_present(self, value: Expr) -> Expr:
        """The value where the sample has the step, otherwise 0."""
        return value if self.present is None else cases((self.present, value), otherwise=0)

    @property
    def original(self) -> tuple[Expr, ...]:
        """The place of a sample before packing sorted them."""
        return (_SORTED[_SAMPLE],) if self.sorted else self.sample

    @property
    def resorted(self) -> tuple[Expr, ...]:
        """The place among the sorted ones of a sample as it was given."""
        return (_UNSORTED[_SAMPLE],) if self.sorted else self.sample

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The input and what goes with it."""
        order = (_SORTED, _UNSORTED) if self.sorted else ()
        return (self.x, _SIZES, *order) if self.packed else (self.x,)

    def read(self, feature: Like) -> Expr:
        """The input at a step of a sample."""
        if self.packed:
            return self._padded.tensor[*self.lead, expr(feature)]
        return self.x[self.place(feature)]

    @property
    def _padded(self) -> Stage:
        meaning = "packed input by time step and sample"
        tensor = Tensor("padded", r"\bar{x}", (*self.lengths, I), meaning, "stage")
        body = self.only_present(self.x[self.place(_FEATURE)])
        return Stage(tensor, (*self.lead, _FEATURE), body)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What tells where a step of a sample lies in packed data, and its input there."""
        return (_START, _STEP_OF, self._padded) if self.packed else ()

    def settings(self, call: Call) -> dict[str, int]:
        """The lengths of this call."""
        shape = call.shape(self.data)
        if self.packed:
            steps, samples = call.shape("input[1]")[0], call.outputs[-1].shape[1]
            return {"R": shape[0], "T": steps, "N": samples, "I": shape[1]}
        return {s.name: n for s, n in zip((*self._lying, I), shape, strict=True)}

    def axes(self, unit: str) -> tuple[str, ...]:
        """What the axes of input or output are called."""
        names = {STEP.name: "time step", _SAMPLE.name: "batch", _ROW.name: "row of the data"}
        return (*(names[v.name] for v in self.rows), unit)


_SIZES = Tensor(
    "input[1]",
    "B",
    (T,),
    "samples that have the step (batch_sizes)",
    integer=True,
    label="Batch Sizes",
)
_SORTED = Tensor(
    "input[2]", r"\pi", (N,), "where a sorted sample stood (sorted_indices)", integer=True
)
_UNSORTED = Tensor(
    "input[3]", r"\rho", (N,), "where a sample is sorted to (unsorted_indices)", integer=True
)
_START = first_rows(_SIZES, STEP)
_STEP_OF = steps_of_rows(_SIZES, _START, _ROW, ROWS)
_STARTS, _STEPS = _START.tensor, _STEP_OF.tensor
