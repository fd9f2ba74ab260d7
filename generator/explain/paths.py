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
    """The pages of one model, distinct also where case is ignored.

    A step's is `models/NAME/STEP.md`. A container's is `models/NAME/CONTAINER/index.md`: the
    navigation takes a page of that name for the page of a section.
    """

    def __init__(self, model: str, recording: Recording) -> None:
        self.folder = f"models/{slug(model)}"
        self.index = f"{self.folder}/index.md"
        self.by_type = f"{self.folder}/by-type.md"
        self._taken = {"index", "by-type"}
        self._steps: dict[str, str] = {}
        self._containers = {"": self.index}
        for container in recording.containers:
            if container.name:
                self._containers[container.name] = self._page(container.name, "/index")
        for step in recording.steps:
            if step.name not in self._steps:
                self._steps[step.name] = self._page(step.name)

    def step(self, step: Step) -> str:
        """The step's page, the same for all calls of a layer."""
        return self._steps[step.name]

    def place(self, step: Step) -> str:
        """The step's page and, for a further call of a layer, where on it."""
        page = self._steps[step.name]
        return f"{page}#call-{step.call + 1}" if step.call else page

    def file(self, step: Step) -> str:
        """A name for files of this call alone, like that of its page."""
        page = self._steps[step.name]
        return f"{page.removesuffix('.md')}.call-{step.call + 1}.md" if step.call else page

    def container(self, name: str) -> str:
        """The container's page; the model's own for ''."""
        return self._containers[name]

    def _page(self, name: str, within: str = "") -> str:
        wanted = slug(name)
        found, number = wanted, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{wanted}~{number}"
        self._taken.add(found.lower())
        return f"{self.folder}/{found}{within}.md"
