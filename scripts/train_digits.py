"""Train models/digits.py on four fifths of scikit-learn's digits and store what it documents.

Run it from anywhere, with the extra `train` installed: `python scripts/train_digits.py`. The
weights, one digit of the held-out fifth and the accuracy measured there go into
models/weights/digits.safetensors.
"""

import importlib.util
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]
from torch import nn

MODELS = Path(__file__).parent.parent / "models"
SEED = 0
EPOCHS = 60
BATCH = 64


def split() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return pictures and labels to train on, then pictures and labels held out."""
    digits = load_digits()
    # the pixels are counts from 0 to 16
    pictures = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target, dtype=torch.int64)
    kept, held_out = train_test_split(
        range(len(labels)), test_size=0.2, random_state=SEED, stratify=digits.target
    )
    return pictures[kept], labels[kept], pictures[held_out], labels[held_out]


def untrained() -> nn.Module:
    """Build the architecture that models/digits.py defines, with fresh weights."""
    spec = importlib.util.spec_from_file_location("digits", MODELS / "digits.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net: nn.Module = module.Digits()
    return net


def train(net: nn.Module, pictures: torch.Tensor, labels: torch.Tensor) -> None:
    """Minimise the cross entropy with AdamW under a rate that rises once and falls to zero."""
    batches = -(-len(labels) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.01, total_steps=EPOCHS * batches)
    net.train()
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(labels)), BATCH):
            optimiser.zero_grad()
            F.cross_entropy(net(pictures[batch]), labels[batch]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            rate.step()


@torch.no_grad()
def probabilities(net: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Return the probability of each digit for each picture, in evaluation mode."""
    return F.softmax(net.eval()(pictures), dim=1)


def shown(probability: torch.Tensor, labels: torch.Tensor) -> int:
    """Choose the digit to document: the first held-out one that is right and below 90 %.

    Where the net is certain, the loss is nearly flat and every gradient nearly zero.
    """
    right = probability.argmax(1) == labels
    unsure = probability.max(1).values < 0.9
    return int((right & unsure).nonzero()[0])


def main() -> None:
    """Train, measure on the held-out fifth, and store."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # the order of a sum, and so the last digits, depend on it
    torch.use_deterministic_algorithms(True)
    pictures, labels, unseen, truth = split()
    net = untrained()
    train(net, pictures, labels)
    probability = probabilities(net, unseen)
    correct = int((probability.argmax(1) == truth).sum())
    chosen = shown(probability, truth)
    example = {"input": unseen[chosen : chosen + 1], "target": truth[chosen : chosen + 1]}
    # one entry: safetensors writes several in an order of its own
    measured = {"accuracy": f"{correct}/{len(truth)}"}
    path = MODELS / "weights" / "digits.safetensors"
    save_file({**net.state_dict(), **example}, path, metadata=measured)
    print(f"{correct} of {len(truth)} held-out digits read correctly: {correct / len(truth):.2%}")
    print(f"the digit shown is a {int(truth[chosen])}, with {probability[chosen].max():.1%}")


if __name__ == "__main__":
    main()
