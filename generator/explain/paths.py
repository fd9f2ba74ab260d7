"""Where each page of a model lies under docs/, whatever its layers are called."""

from __future__ import annotations

import re

from generator.capture.records import Recording, Step

_LONGEST = 120


def slug(name: str) -> str:
    """A name as a file name and part of a URL: letters, digits, `.`, `_`, `-` and `~`."""
    text = re.sub(r"[^A-Za-z0-9._-]", lambda m: f"~{ord(m[0]):x}", name)
    if text.startswith((".", "-")) or text.lower() in {"", "index", "readme"}:
        text = f"~{text}"
    return text[:_LONGEST]


class Paths:
    """The pages of one model: `models/NAME/STEP.md`, distinct also where case is ignored."""

    def __init__(self, model: str, recording: Recording) -> None:
        self.folder = f"models/{slug(model)}"
        self.index = f"{self.folder}/index.md"
        self._taken = {"index"}
        self._steps: dict[int, str] = {}
        self._containers = {"": self.index}
        for container in recording.containers:
            if container.name:
                self._containers[container.name] = self._page(container.name)
        for step in recording.steps:
            again = f"~call{step.call + 1}" if step.call else ""
            self._steps[step.index] = self._page(step.name, again)

    def step(self, step: Step) -> str:
        """The step's page."""
        return self._steps[step.index]

    def container(self, name: str) -> str:
        """The container's page; the model's own for ''."""
        return self._containers[name]

    def _page(self, name: str, suffix: str = "") -> str:
        wanted = slug(name) + suffix
        found, number = wanted, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{wanted}~{number}"
        self._taken.add(found.lower())
        return f"{self.folder}/{found}.md"
