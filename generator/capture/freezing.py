"""Turns the finished run's drafts into records."""

from __future__ import annotations

from collections.abc import Callable

from generator.capture.gradients import why_no_gradient, why_no_part
from generator.capture.ledger import Draft, Part
from generator.capture.names import function_names
from generator.capture.records import Container, Operand, Step, Value
from generator.capture.tracer import ContainerDraft, StepDraft, Tracer


class Freezer:
    """Makes each record once, so that what was one object in the run is one in the recording."""

    def __init__(self, tracer: Tracer, module_names: list[str]) -> None:
        self._tracer = tracer
        self._names = _step_names(tracer.steps, module_names)
        self._values: dict[int, Value] = {}
        self._operands: dict[int, Operand] = {}

    def value(self, draft: Draft) -> Value:
        """The record of a value."""
        if draft.id not in self._values:
            name = draft.name
            if draft.step is not None and draft.step < len(self._tracer.steps):
                name = self._names[draft.step]
            self._values[draft.id] = Value(
                id=draft.id,
                data=draft.data,
                grad=draft.grad,
                no_grad=None if draft.grad is not None else why_no_gradient(draft),
                origin=draft.origin,
                name=name,
                step=draft.step,
                requires_grad=draft.requires_grad,
            )
        return self._values[draft.id]

    def operand(self, part: Part) -> Operand:
        """The record of an operand."""
        if part.same is not None:
            return self.operand(part.same)
        if id(part) not in self._operands:
            self._operands[id(part)] = Operand(
                value=self.value(part.draft),
                grad=part.grad,
                no_grad=None if part.grad is not None else why_no_part(part),
                separate=part.separate,
            )
        return self._operands[id(part)]

    def steps(self) -> tuple[Step, ...]:
        """The records of all steps."""
        return tuple(self._step(i, step) for i, step in enumerate(self._tracer.steps))

    def _step(self, index: int, step: StepDraft) -> Step:
        args = self._tree(step.args)
        assert isinstance(args, tuple)
        return Step(
            index=index,
            name=self._names[index],
            call=step.call,
            kind=step.kind,
            type=step.type,
            scope=step.scope,
            args=args,
            kwargs={key: self._tree(item) for key, item in step.kwargs.items()},
            outputs=self._tree(step.outputs),
            parameters={key: self.operand(part) for key, part in step.parameters.items()},
            buffers={key: self.operand(part) for key, part in step.buffers.items()},
            attributes=step.attributes,
            drawn=step.drawn,
            source=step.source,
        )

    def containers(self) -> tuple[Container, ...]:
        """The records of all containers, the model itself first."""
        index = {id(step): i for i, step in enumerate(self._tracer.steps)}

        def name_of(child: StepDraft | str) -> str:
            return child if isinstance(child, str) else self._names[index[id(child)]]

        return tuple(self._container(draft, name_of) for draft in self._tracer.containers.values())

    def _container(
        self, draft: ContainerDraft, name_of: Callable[[StepDraft | str], str]
    ) -> Container:
        return Container(
            name=draft.name,
            type=draft.type,
            doc=draft.doc,
            children=tuple(dict.fromkeys(name_of(child) for child in draft.children)),
            inputs=tuple(self.value(item) for item in draft.inputs),
            outputs=tuple(self.value(item) for item in draft.outputs),
            output_names=draft.output_names,
            source=draft.source,
            starts=tuple(draft.starts),
        )

    def _tree(self, tree: object) -> object:
        if isinstance(tree, Part):
            return self.operand(tree)
        if isinstance(tree, Draft):
            return self.value(tree)
        if isinstance(tree, tuple):
            return tuple(self._tree(item) for item in tree)
        if isinstance(tree, list):
            return [self._tree(item) for item in tree]
        if isinstance(tree, dict):
            return {key: self._tree(item) for key, item in tree.items()}
        if isinstance(tree, slice):
            return slice(*(self._tree(end) for end in (tree.start, tree.stop, tree.step)))
        return tree


def _step_names(steps: list[StepDraft], module_names: list[str]) -> list[str]:
    taken = {*module_names, *(step.name for step in steps if not step.is_function)}
    found = iter(function_names([s.name for s in steps if s.is_function], taken))
    return [next(found) if step.is_function else step.name for step in steps]
