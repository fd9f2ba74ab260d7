"""A model that sees, hears and reads."""

import torch
from torch import nn

WORDS = ["<s>", "the", "digit", "in", "a", "picture", "said", "aloud", "</s>"]


class Senses(nn.Module):
    """An image, a second of audio and a sentence, each as four numbers, then added."""

    def __init__(self):
        super().__init__()
        self.see = nn.Conv2d(3, 4, 8, stride=8)
        self.hear = nn.Conv1d(1, 4, 400, stride=200)
        self.read = nn.Embedding(len(WORDS), 4)

    def forward(self, picture, sound, words):
        seen = self.see(picture).mean((2, 3))
        heard = self.hear(sound).mean(2)
        return seen + heard + self.read(words).mean(1)


def model():
    return Senses().eval()


def inputs():
    across, time = torch.linspace(-1, 1, 48), torch.linspace(0, 1, 8000)
    x, y = across[None, :], across[:, None]
    disc = (x.square() + y.square() < 0.5).float()
    return {
        "picture": torch.stack([disc, (x + 1) / 2 * disc, (y + 1) / 2 + 0 * x])[None],
        "sound": (torch.sin(2 * torch.pi * 440 * time) * torch.exp(-4 * time))[None, None],
        "words": torch.tensor([[0, 1, 2, 3, 4, 5, 6, 7, 8]]),
    }
