"""Write `solutions/ps11-convolutional/digits.npz`: 200 digits held out, and two networks trained on the others.

The networks have the forms problem set 11 uses, with about as many parameters (1030 and 1060). Their weights are
stored with channels last. Run it from the project's root; the problem set's literal results rest on the file as
it is committed.
"""

from pathlib import Path

import numpy as np

from chainrule import data, losses, nn, optim
from chainrule.conv import Conv2d, MaxPool2d
from chainrule.train import fit

PATH = Path(__file__).resolve().parents[1] / "solutions" / "ps11-convolutional" / "digits.npz"


def main() -> None:
    images, labels = data.digits()
    rng = np.random.default_rng(11)
    order = rng.permutation(len(images))
    held_out, seen = order[:200], order[200:]

    conv, dense = Conv2d(1, 6, 3, padding=1, rng=rng), nn.Linear(96, 10, rng=rng)
    layers = [conv, nn.ReLU(), MaxPool2d(2), nn.Flatten(), dense]
    train(nn.Sequential(*layers), images[seen][:, None], labels[seen], rng)

    rng = np.random.default_rng(12)
    hidden, out = nn.Linear(64, 14, rng=rng), nn.Linear(14, 10, rng=rng)
    train(nn.Sequential(hidden, nn.ReLU(), out), images[seen].reshape(-1, 64), labels[seen], rng)

    weights = {
        "w1": conv.weight.data.transpose(2, 3, 1, 0),  # (3, 3, 1, 6)
        "b1": conv.bias.data,
        "w2": dense.weight.data.reshape(10, 6, 4, 4).transpose(0, 2, 3, 1).reshape(10, 96),
        "b2": dense.bias.data,
        "dense_w1": hidden.weight.data,
        "dense_b1": hidden.bias.data,
        "dense_w2": out.weight.data,
        "dense_b2": out.bias.data,
    }
    np.savez_compressed(
        PATH,
        images=np.round(images[held_out] * 16).astype(np.uint8),
        labels=labels[held_out].astype(np.uint8),
        **{name: w.astype(np.float32) for name, w in weights.items()},
    )


def train(model: nn.Module, X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """Fifteen epochs of Adam on the cross-entropy."""
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    fit(model, losses.cross_entropy, optimizer, (X, y), epochs=15, batch_size=32, rng=rng)


if __name__ == "__main__":
    main()
