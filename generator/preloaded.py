"""All that building a model imports, for a process from which others are forked."""

from contextlib import suppress

import generator.one_model  # noqa: F401 - imported for its effect
from generator.layers.registry import rules
from generator.render.environment import environment

# what autograd imports when it is first asked for a gradient
with suppress(ImportError):
    import torch.fx.experimental.symbolic_shapes  # noqa: F401

rules()
for template in environment().list_templates():
    environment().get_template(template)
