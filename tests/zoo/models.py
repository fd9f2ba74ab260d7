"""Small models, each for something that real models do; the names say what."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, rnn


@dataclass(frozen=True)
class Case:
    """A model with the arguments of its run."""

    make: Callable[[], nn.Module]
    args: Callable[[], tuple[Any, ...]] = lambda: (torch.randn(2, 4),)
    kwargs: Callable[[], dict[str, Any]] = dict
    loss: Callable[[Any], Tensor] | None = None
    training: bool = True


CASES: dict[str, Case] = {}


def case(**options: Any) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Enter a model into the zoo under its class' name."""

    def enter(model: type[nn.Module]) -> type[nn.Module]:
        CASES[model.__name__] = Case(make=model, **options)
        return model

    return enter


@case()
class FunctionsAndOperators(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.fc(x)) * 2.0 - 1.0
        y = torch.cat([y, -y, y / 3], dim=1)
        z = torch.stack([y, y**2], dim=0).mean(0)
        a, b = z.chunk(2, dim=1)
        return (a @ b.T).softmax(-1).log1p() + torch.exp(-a).sum(1, keepdim=True)


@case()
class ViewsAndSlices(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x.view(2, 2, 2).transpose(1, 2)
        top, rest = y[:, 0], y[:, 1:]
        flat = rest.reshape(2, -1)
        return (top * flat)[..., None].expand(-1, -1, 3).flip(1)[:, ::2]


@case(args=lambda: (torch.randn(3, 4),))
class InPlaceOnViews(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x * 1.0
        y[0] = y[1] * 2
        y[:, 1:3] += 1.0
        y[2].mul_(0.5)
        z = torch.zeros_like(y)
        z[:, 0] = y[:, 3]
        z.add_(y, alpha=0.25)
        return F.relu_(z) + y.clamp_(min=-1.0)


@case()
class CalledSeveralTimes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.act = nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(5):
            x = x + self.act(self.layer(x))
        return x


@case(args=lambda: (torch.tensor([[1, 4, 4], [0, 2, 1]]),))
class SharedWeights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(6, 5)
        self.mix = nn.Linear(5, 5)
        self.head = nn.Linear(5, 6, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(torch.tanh(self.mix(self.tokens(tokens))))


@case()
class BranchesOnData(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        steps = 0
        while x.norm() > 0.2 and steps < 6:
            x = (self.one if x.sum() > 0 else self.two)(x) * 0.5
            steps += 1
        return x


@dataclass
class Boxes:
    corners: Tensor
    scores: Tensor
    labels: Tensor | None = None
    sizes: list[int] = field(default_factory=list)


@case(
    args=lambda: ({"image": torch.randn(2, 4), "scale": 2.0, "mask": None}, (torch.randn(4), [3])),
    loss=lambda out: out["boxes"].scores.sum() + out["pair"][0].square().mean(),
)
class DictionariesAndDataclasses(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 8)

    def forward(self, batch: dict[str, Any], extra: tuple[Any, ...]) -> dict[str, Any]:
        features = self.fc(batch["image"] * batch["scale"]) if batch["mask"] is None else None
        corners, scores = features.split([4, 4], dim=-1)
        boxes = Boxes(corners, torch.sigmoid(scores), sizes=extra[1])
        return {"boxes": boxes, "pair": (corners + extra[0], None)}


@case(
    args=lambda: (torch.randn(2, 4),),
    kwargs=lambda: {"shift": torch.randn(4), "gain": 3, "mode": "wide"},
)
class KeywordArguments(nn.Module):
    def forward(
        self, x: Tensor, *, shift: Tensor | None = None, gain: int = 1, mode: str = "narrow"
    ) -> Tensor:
        y = x * gain if mode == "wide" else x
        return F.layer_norm(input=y + shift, normalized_shape=(4,), eps=1e-6)


@case()
class LayersThatNeverRun(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(4, 2)
        self.spare = nn.Sequential(nn.Linear(4, 9), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.used(x)


@case()
class ParametersAndBuffers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(4))
        self.shifts = nn.ParameterList([nn.Parameter(torch.randn(4)) for _ in range(2)])
        self.register_buffer("table", torch.linspace(0, 1, 12).reshape(3, 4))
        self.plain = torch.tensor([0.5, 1.0, 1.5, 2.0])

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.shifts[0] - self.table[1] * self.shifts[1] + self.plain


class _Block(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.inner = _Block(depth - 1) if depth else nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(self.norm(x))


@case()
class NestedDeeply(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = _Block(7)

    def forward(self, x: Tensor) -> Tensor:
        return self.stem(x)


class _Same(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


@case()
class ReturnsItsInput(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.same, self.identity = _Same(), nn.Identity()
        self.drop, self.fc = nn.Dropout(0.0), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.drop(self.identity(self.same(x)))) + self.same(x)[:, :3]


class _Straight(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return grad


@case()
class CustomFunction(nn.Module):
    """Its custom function is known to nobody else: it alone is unexplained."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(40)])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return _Straight.apply(x) * 2


@case(args=lambda: (torch.randn(2, 3, 8),))
class Parametrised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = parametrizations.weight_norm(nn.Conv1d(3, 4, 3))
        self.fc = parametrizations.weight_norm(nn.Linear(6, 5), dim=None)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.leaky_relu(self.conv(x), 0.1))


@case()
class HooksOfItsOwn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.first.register_forward_hook(lambda _m, _args, out: out * 0.5)
        self.second.register_forward_pre_hook(lambda _m, args: (args[0] + 1.0,))
        self.second.register_full_backward_hook(lambda _m, _gi, _go: None)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


@case(args=lambda: (torch.randn(2, 3, 6, 6).bfloat16(),))
class Bfloat16(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5)
        ).bfloat16()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).softmax(-1)


@case(args=lambda: (torch.randn(2, 5, 8).half(),))
class Float16(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(8).half(), nn.Linear(8, 8).half()

    def forward(self, x: Tensor) -> Tensor:
        return x + F.gelu(self.fc(self.norm(x)))


@case(args=lambda: (torch.randn(2, 6, dtype=torch.float64),))
class Float64(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 8), nn.Sigmoid(), nn.Linear(8, 3)).double()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).log_softmax(1)


@case(args=lambda: (torch.randn(2, 8, dtype=torch.complex64),))
class ComplexNumbers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, dtype=torch.complex64))
        self.fc = nn.Linear(8, 8)

    def forward(self, z: Tensor) -> Tensor:
        signal = self.fc(z.real * z.imag + z.abs())
        spectrum = torch.fft.rfft(signal, dim=-1) * self.weight
        return torch.fft.irfft(spectrum, n=8, dim=-1)


@case()
class NoGradientInside(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.teacher, self.student = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            target = self.teacher(x).tanh()
        guess = self.student(x)
        best = guess.argmax(1)
        return (guess - target).square() * guess.detach().abs(), F.one_hot(best, 4)


@case(args=lambda: (torch.randn(2, 7, 5),))
class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(12, 4, batch_first=True)
        self.rnn = nn.RNN(4, 3, nonlinearity="relu", batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y, (h, c) = self.lstm(x)
        z, last = self.gru(y)
        out, _ = self.rnn(z)
        return out.sum(1) + last[0, :, :3] + (h * c).mean()


@case(args=lambda: (torch.randn(2, 4, 5),))
class CellsInALoop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(5, 4), nn.GRUCell(4, 4), nn.RNNCell(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        h, c = x.new_zeros(2, 4), x.new_zeros(2, 4)
        state, last = torch.zeros(2, 4), torch.zeros(2, 3)
        for t in range(x.shape[1]):
            h, c = self.lstm(x[:, t], (h, c))
            state = self.gru(h, state)
            last = self.rnn(state, last)
        return last


@case(args=lambda: (torch.randn(3, 6, 4),))
class PackedSequences(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 5, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        packed = rnn.pack_padded_sequence(
            x, torch.tensor([6, 4, 2]), batch_first=True, enforce_sorted=True
        )
        out, (h, _) = self.lstm(packed)
        padded, _ = rnn.pad_packed_sequence(out, batch_first=True)
        return padded.sum(1) + h[-1]


@case(args=lambda: (torch.randn(2, 6, 8),), training=False)
class TransformerLayers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(6)
        return self.decoder(x.roll(1, 1), self.encoder(x), tgt_mask=mask, tgt_is_causal=True)


@case(args=lambda: (torch.randn(2, 6, 8),))
class TransformerInTraining(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2, batch_first=True)
        self.decoder = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.3, batch_first=True)
        self.pool = nn.MultiheadAttention(8, 2, dropout=0.4, batch_first=True)
        self.query = nn.Parameter(torch.randn(1, 8))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mask = nn.Transformer.generate_square_subsequent_mask(6)
        y = self.decoder(x.roll(1, 1), self.encoder(x), tgt_mask=mask, tgt_is_causal=True)
        y = y + F.scaled_dot_product_attention(y, x, y, dropout_p=0.25, is_causal=True)
        pooled, weights = self.pool(self.query.expand(2, -1, -1), y, y)
        return pooled, weights


@case(args=lambda: (torch.randn(2, 5, 8), torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]).bool()))
class MaskedAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.query = nn.Linear(8, 8)

    def forward(self, x: Tensor, padding: Tensor) -> tuple[Tensor, Tensor]:
        out, weights = self.attention(x, x, x, key_padding_mask=padding)
        q = self.query(out).unflatten(-1, (2, 4)).transpose(1, 2)
        causal = F.scaled_dot_product_attention(q, q.roll(1, 2), q, is_causal=True)
        return causal.transpose(1, 2).flatten(2), weights


@case(args=lambda: (torch.rand(2, 3, 4) + 0.5,))
class Mathematics(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.sqrt(x) + x.rsqrt() - x.reciprocal() + x.pow(1.5) + 2.0**x
        y = y * torch.sin(x) + torch.cos(x) * torch.tan(x * 0.3) + torch.atan2(y, x)
        y = torch.clamp(y, -2, 2) + y.abs().log() + torch.expm1(-x) + torch.erf(x)
        return torch.where(y > 0.5, y, x.maximum(y * 0.1)).masked_fill(x > 1.4, -1.0)


@case(args=lambda: (torch.randn(3, 4, 5),))
class ProductsOfTensors(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 6))

    def forward(self, x: Tensor) -> Tensor:
        scores = torch.bmm(x, x.mT) / math.sqrt(5)
        mixed = torch.einsum("bij,bjk,kl->bil", scores, x, self.weight)
        outer = torch.outer(mixed[0, 0], mixed[1, 1])
        return torch.matmul(mixed, outer) + torch.addmm(mixed[0], x[0], self.weight)


@case(args=lambda: (torch.randn(3, 4, 5),))
class Reductions(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        centred = (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + x.var(dim=(0, 1)))
        total = x.norm(dim=1) + x.logsumexp(1) + x.prod(1) + x.amax(1) - x.amin(1)
        values, places = x.max(dim=1)
        running = x.cumsum(1)[:, -1] + values * places
        some = (x > 0).any(1) & ~(x > 3).all(1)
        return centred.sum(1) + total + running * some + x.argmin(1)


@case(args=lambda: (torch.randn(2, 3, 6, 6),))
class MovementOfData(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = F.pad(x, (1, 2, 0, 1), mode="replicate") + F.pad(x, (1, 2, 0, 1), value=0.5)
        y = torch.roll(y, (1, -1), (2, 3)).flip(-1)
        tiles = y[:, :, :6, :8].unfold(2, 3, 3).unfold(3, 4, 4)
        a, b, c = tiles.unbind(1)
        z = torch.cat([a.repeat(1, 1, 1, 2, 1)[..., :3, :], torch.stack([b, c], 1).sum(1)], -1)
        low = torch.tril(z) + torch.triu(z, 1)
        return low.repeat_interleave(2, 1).movedim(1, -1)


@case(args=lambda: (torch.randn(3, 6), torch.tensor([[0, 2], [5, 1], [3, 3]])))
class IndexingOfEveryKind(nn.Module):
    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        gathered = x.gather(1, places)
        rows = torch.arange(3)[:, None]
        picked = x[rows, places] + x[:, [1, 4]] + x[..., None, 2] + x[:, -1:]
        kept = x[x > 0].sum() + x[torch.tensor([2, 0])].mean()
        spread = torch.zeros(3, 6).scatter_add(1, places, gathered)
        chosen = x.index_select(1, torch.tensor([5, 0]))
        values, order = x.topk(2, dim=1)
        ranked = x.sort(dim=1, descending=True).values[:, :2]
        hot = F.one_hot(places, 6).float().mean(1)
        filled = hot.scatter(1, order, 1.0)
        return picked + chosen + values + ranked + kept + (spread * filled).sum(1, keepdim=True)


@case(args=lambda: (torch.randn(1, 2, 4, 5),))
class Resampling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        near = F.interpolate(x, scale_factor=2, mode="nearest")
        patches = F.unfold(self.up(x) + near, kernel_size=2, stride=2)
        return self.shuffle(F.fold(patches, (8, 10), kernel_size=2, stride=2).repeat(1, 2, 1, 1))


@case(args=lambda: (torch.randint(0, 9, (2, 5)),), training=False)
class PositionalTables(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(9, 8, padding_idx=0)

    def forward(self, tokens: Tensor) -> Tensor:
        position = torch.arange(tokens.shape[1])[:, None]
        rate = torch.exp(torch.arange(0, 8, 2) * (-math.log(10000.0) / 8))
        table = torch.zeros(tokens.shape[1], 8)
        table[:, 0::2] = torch.sin(position * rate)
        table[:, 1::2] = torch.cos(position * rate)
        return self.tokens(tokens) * math.sqrt(8) + table


class _Down(nn.Sequential):
    def __init__(self, i: int, o: int) -> None:
        super().__init__(
            nn.Conv2d(i, o, 3, padding=1),
            nn.GroupNorm(2, o),
            nn.SiLU(),
            nn.Conv2d(o, o, 3, padding=1),
        )


@case(args=lambda: (torch.randn(1, 1, 16, 16),))
class UNet(nn.Module):
    """Two levels with skip connections, after Ronneberger, Fischer and Brox (2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.bottom = _Down(1, 4), _Down(4, 8), _Down(8, 8)
        self.up_second, self.up_first = (
            nn.ConvTranspose2d(8, 8, 2, 2),
            nn.ConvTranspose2d(8, 4, 2, 2),
        )
        self.join_second, self.join_first = _Down(16, 8), _Down(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.first(x)
        b = self.second(F.max_pool2d(a, 2))
        c = self.up_second(self.bottom(F.max_pool2d(b, 2)))
        d = self.join_second(torch.cat([b, c], 1))
        return self.head(self.join_first(torch.cat([a, self.up_first(d)], 1)))


@case(
    args=lambda: (torch.randn(4, 6),), loss=lambda y: F.cross_entropy(y, torch.tensor([0, 2, 1, 1]))
)
class TrainedWithDropout(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(6, 8), nn.BatchNorm1d(8), nn.PReLU(8), nn.Dropout(0.3), nn.Linear(8, 3)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)
