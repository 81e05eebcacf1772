"""Layers against PyTorch's in float64: outputs, gradients, keys and shapes, weights both ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import Tensor, functional, jvp, nn, no_grad
from chainrule.transforms import grad, hessian

torch = pytest.importorskip("torch")


def rng():
    return np.random.default_rng(0)


class TorchResidual(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


def networks():
    """Pairs of the same network, here and in PyTorch, and an input."""
    t = torch.nn
    x, deep = rng().normal(size=(6, 5)), rng().normal(size=(2, 3, 4))
    yield "linear", nn.Linear(5, 3, rng=rng()), t.Linear(5, 3), x
    yield "linear without bias", nn.Linear(5, 3, bias=False, rng=rng()), t.Linear(5, 3, bias=False), x
    yield "linear on three axes", nn.Linear(4, 3, rng=rng()), t.Linear(4, 3), deep
    yield "linear on one example", nn.Linear(5, 3, rng=rng()), t.Linear(5, 3), x[0]
    yield "layer norm", nn.LayerNorm(5), t.LayerNorm(5), x
    yield (
        "layer norm, two axes",
        nn.LayerNorm((3, 4), eps=1e-3),
        t.LayerNorm((3, 4), eps=1e-3),
        rng().normal(size=(2, 3, 4)),
    )
    yield "batch norm", nn.BatchNorm1d(5), t.BatchNorm1d(5), x
    yield (
        "batch norm, length",
        nn.BatchNorm1d(3, momentum=0.3),
        t.BatchNorm1d(3, momentum=0.3),
        rng().normal(size=(2, 3, 4)),
    )
    for name in ("ReLU", "Tanh", "Sigmoid", "Softplus"):
        yield name, getattr(nn, name)(), getattr(t, name)(), x
    yield "GELU", nn.GELU(), t.GELU(), x
    yield "softmax", nn.Softmax(dim=1), t.Softmax(dim=1), deep
    yield "flatten", nn.Flatten(), t.Flatten(), deep
    yield "residual", nn.Residual(nn.Linear(5, 5, rng=rng())), TorchResidual(t.Linear(5, 5)), x
    middle = nn.Residual(nn.Sequential(nn.LayerNorm(7), nn.Tanh()))
    ours = nn.Sequential(nn.Linear(5, 7, rng=rng()), nn.BatchNorm1d(7), nn.ReLU(), middle, nn.Linear(7, 2, rng=rng()))
    middle = TorchResidual(t.Sequential(t.LayerNorm(7), t.Tanh()))
    theirs = t.Sequential(t.Linear(5, 7), t.BatchNorm1d(7), t.ReLU(), middle, t.Linear(7, 2))
    yield "a network of them", ours, theirs, x


NETWORKS = [pytest.param(ours, theirs.double(), x, id=name) for name, ours, theirs, x in networks()]


def compare(ours, theirs, x, rtol=1e-9):
    """Outputs, and gradients of the input and all parameters, are equal."""
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    ours.zero_grad()
    theirs.zero_grad()
    y, z = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=rtol, atol=1e-13)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=rtol, atol=1e-12)
    mine, reference = dict(ours.named_parameters()), dict(theirs.named_parameters())
    assert list(mine) == list(reference)
    for name, p in mine.items():
        np.testing.assert_allclose(p.grad, reference[name].grad.numpy(), rtol=rtol, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("ours", "theirs", "x"), NETWORKS)
class TestAgainstPyTorch:
    def test_weights_come_from_pytorch(self, ours, theirs, x):
        ours.load_state_dict(theirs.state_dict())
        ours.train()
        theirs.train()
        compare(ours, theirs, x)
        compare(ours.eval(), theirs.eval(), 2 * x)  # with the running averages that the first pass left
        state, reference = ours.state_dict(), theirs.state_dict()
        assert list(state) == list(reference)
        for name, array in state.items():
            assert array.dtype == reference[name].numpy().dtype, name
            np.testing.assert_allclose(array, reference[name].numpy(), rtol=1e-12, err_msg=name)

    def test_weights_go_to_pytorch(self, ours, theirs, x):
        theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
        ours.train()
        theirs.train()
        compare(ours, theirs, x)

    def test_float32_stays(self, ours, theirs, x):
        state = ours.state_dict()
        ours.float()
        y = ours(Tensor(x.astype(np.float32), requires_grad=True))
        y.backward(np.ones(y.shape, np.float32))
        kinds = {y.dtype, *(p.dtype for p in ours.parameters()), *(p.grad.dtype for p in ours.parameters())}
        ours.double()
        ours.load_state_dict(state)
        assert kinds == {np.dtype(np.float32)} and {p.dtype for p in ours.parameters()} <= {np.dtype(np.float64)}


class TestFusedEqualsComposite:
    def both(self, fused, composite, *arrays):
        results = []
        for f in (fused, composite):
            tensors = [Tensor(a, requires_grad=True) for a in arrays]
            y = f(*tensors)
            y.backward(np.cos(np.arange(y.size)).reshape(y.shape))
            results.append([y.data, *(t.grad for t in tensors)])
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)

    @pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4), (0, 4)])
    def test_linear(self, shape):
        x, w, b = rng().normal(size=shape), rng().normal(size=(3, 4)), rng().normal(size=3)
        self.both(functional.linear, functional.linear_composite, x, w, b)
        self.both(functional.linear, functional.linear_composite, x, w)

    @pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4)])
    def test_layer_norm(self, shape):
        x, w, b = rng().normal(3, 2, size=shape), rng().normal(size=4), rng().normal(size=4)
        self.both(
            lambda x, w, b: functional.layer_norm(x, (4,), w, b),
            lambda x, w, b: functional.layer_norm_composite(x, (4,), w, b),
            x, w, b,
        )  # fmt: skip

    def test_forward_mode_runs_through_modules(self):
        net = nn.Sequential(nn.Linear(4, 3, rng=rng()), nn.LayerNorm(3), nn.GELU(), nn.Linear(3, 1, rng=rng()))
        x, direction = rng().normal(size=(5, 4)), np.sin(np.arange(20.0)).reshape(5, 4)
        _, tangent = jvp(net, (x,), (direction,))
        g = grad(lambda x: net(x).sum())(x)
        np.testing.assert_allclose(tangent.sum().data, (g * direction).sum().data, rtol=1e-10)


shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


class TestShapes:
    @settings(max_examples=30, deadline=None)
    @given(shape=shapes, units=st.integers(1, 5), bias=st.booleans())
    def test_linear(self, shape, units, bias):
        theirs = torch.nn.Linear(shape[-1], units, bias=bias).double()
        ours = nn.Linear(shape[-1], units, bias=bias)
        ours.load_state_dict(theirs.state_dict())
        compare(ours, theirs, rng().normal(size=shape))

    @settings(max_examples=30, deadline=None)
    @given(shape=shapes, axes=st.integers(1, 3))
    def test_layer_norm(self, shape, axes):
        last = tuple(shape[-axes:])
        ours, theirs = nn.LayerNorm(last), torch.nn.LayerNorm(last).double()
        state = {"weight": rng().normal(size=last), "bias": rng().normal(size=last)}
        ours.load_state_dict(state)
        theirs.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
        # A single entry is its own mean: rounding alone is left of it, and is divided by sqrt(eps).
        compare(ours, theirs, rng().normal(size=shape))

    @settings(max_examples=30, deadline=None)
    @given(shape=st.lists(st.integers(2, 4), min_size=2, max_size=3))
    def test_batch_norm(self, shape):
        compare(nn.BatchNorm1d(shape[1]), torch.nn.BatchNorm1d(shape[1]).double(), rng().normal(size=shape))

    def test_second_derivatives(self):
        ours = nn.Sequential(nn.Linear(3, 4, rng=rng()), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 1, rng=rng()))
        theirs = torch.nn.Sequential(
            torch.nn.Linear(3, 4), torch.nn.LayerNorm(4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
        ).double()
        theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
        x = rng().normal(size=3)
        mine = hessian(lambda x: ours(x).sum())(x)
        reference = torch.func.hessian(lambda x: theirs(x).sum())(torch.tensor(x))
        np.testing.assert_allclose(mine.data, reference.detach().numpy(), rtol=1e-9, atol=1e-13)


class TestModule:
    def test_initial_weights_are_spread_as_pytorchs(self):
        w = nn.Linear(400, 300, rng=rng()).weight.data
        with torch.random.fork_rng():
            torch.manual_seed(0)
            theirs = torch.nn.Linear(400, 300).weight.detach().numpy()
        assert np.abs(w).max() <= 1 / 20 and w.std() == pytest.approx(theirs.std(), rel=0.01)

    def test_the_generator_decides(self):
        first, again, other = (nn.Linear(3, 2, rng=np.random.default_rng(s)).weight.data for s in (1, 1, 2))
        assert np.array_equal(first, again) and not np.array_equal(first, other)

    def test_shared_parameters_come_once(self):
        layer = nn.Linear(2, 2, rng=rng())
        net = nn.Sequential(layer, layer)
        assert len(list(net.parameters())) == 2
        assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]  # as PyTorch has it

    def test_state_dict_holds_copies(self):
        layer = nn.Linear(2, 2, rng=rng())
        state = layer.state_dict()
        layer.weight.data += 1
        assert not np.array_equal(state["weight"], layer.weight.data)

    def test_loading_keeps_the_arrays_and_loads_all_or_nothing(self):
        layer = nn.Linear(2, 2, rng=rng())
        array, before = layer.weight.data, layer.state_dict()
        bad = {"weight": np.ones((2, 2)), "bias": np.ones(3)}
        with pytest.raises(ValueError, match=r"bias has shape \(3,\), expected \(2,\)"):
            layer.load_state_dict(bad)
        assert np.array_equal(layer.weight.data, before["weight"])
        with pytest.raises(KeyError, match="missing bias; unknown beta"):
            layer.load_state_dict({"weight": np.ones((2, 2)), "beta": np.ones(2)})
        layer.load_state_dict({"weight": np.ones((2, 2)), "bias": np.zeros(2)})
        assert layer.weight.data is array and array.tolist() == [[1, 1], [1, 1]]

    def test_train_and_eval_reach_everything(self):
        net = nn.Sequential(nn.Residual(nn.Dropout(0.5, rng=rng())), nn.Dropout(rng=rng()))
        assert net.eval() is net and not any(m.training for m in net.modules())
        x = np.ones((3, 3))
        assert np.array_equal(net(x), 2 * x)
        assert all(m.training for m in net.train().modules())

    def test_lists_of_modules_are_found(self):
        class Stack(nn.Module):
            def __init__(self):
                self.layers = [nn.Linear(2, 2, rng=rng()) for _ in range(2)]

        assert list(Stack().state_dict()) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]

    def test_indices_stay_integers(self):
        class Selected(nn.Module):
            def __init__(self):
                self.index, self.weight = Tensor([2, 0]), nn.parameter(np.ones(3))

        assert (Selected().float().index.dtype.kind, Selected().float().weight.dtype) == ("i", np.float32)

    def test_repr(self):
        net = nn.Sequential(nn.Linear(3, 4), nn.Residual(nn.Dropout(0.1)))
        assert repr(net) == (
            "Sequential(\n  (0): Linear(in_features=3, out_features=4)\n"
            "  (1): Residual(\n    (inner): Dropout(p=0.1)\n  )\n)"
        )

    def test_errors_name_the_layer(self):
        class Net(nn.Module):
            def __init__(self):
                self.hidden = nn.Linear(3, 4, rng=rng())
                self.head = nn.Sequential(nn.ReLU(), nn.Linear(5, 1, rng=rng()))

            def forward(self, x):
                return self.head(self.hidden(x))

        net = Net()
        with pytest.raises(ValueError) as caught:
            net(Tensor(np.ones((2, 3))))
        assert str(caught.value) == (
            "Linear(in_features=5, out_features=1) 'head.1': linear: input of shape (2, 4) and weight of shape (1, 5): "
            "expected input (..., 5)"
        )
        with pytest.raises(ValueError, match=r"^Linear\(in_features=3, out_features=4\) 'hidden': linear: input of"):
            net(Tensor(np.ones((2, 7))))
        with pytest.raises(ValueError, match=r"^Linear\(in_features=3, out_features=4\): linear"):
            net.hidden(Tensor(np.ones((2, 7))))

    def test_no_graph_under_no_grad(self):
        with no_grad():
            assert not nn.Linear(3, 4, rng=rng())(np.ones((2, 3))).requires_grad

    def test_later_layers_are_found_by_name(self):
        with pytest.raises(AttributeError, match="no attribute 'Conv9d'"):
            nn.Conv9d  # noqa: B018


class TestDropout:
    def test_keeps_the_expected_value_and_zeroes_the_share(self):
        layer = nn.Dropout(0.3, rng=rng())
        x = Tensor(np.ones((200, 200)), requires_grad=True)
        y = layer(x)
        y.sum().backward()
        assert np.mean(y.data == 0) == pytest.approx(0.3, abs=0.01) and y.data.mean() == pytest.approx(1, abs=0.01)
        assert np.array_equal(x.grad, y.data)  # off in the backward pass where it was off in the forward pass

    def test_embedding(self):
        ours, theirs = nn.Embedding(7, 3, rng=rng()), torch.nn.Embedding(7, 3).double()
        ours.load_state_dict(theirs.state_dict())
        index = np.array([[1, 6, 1], [0, 1, 2]])
        y, z = ours(index), theirs(torch.tensor(index))
        g = np.cos(np.arange(18.0)).reshape(2, 3, 3)
        y.backward(g)
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nn.Linear(0, 3), ValueError, "in_features"),
        (lambda: nn.Linear(3, -1), ValueError, "out_features"),
        (lambda: nn.Linear(3, 2.5), ValueError, "out_features"),
        (lambda: nn.Embedding(0, 2), ValueError, "num_embeddings"),
        (lambda: nn.LayerNorm((3, 0)), ValueError, "normalized_shape"),
        (lambda: nn.BatchNorm1d(0), ValueError, "num_features"),
        (lambda: nn.Dropout(1.0), ValueError, "p: expected"),
        (lambda: nn.Sequential(nn.ReLU(), 3), TypeError, "position 1"),
        (lambda: nn.LayerNorm(4)(Tensor(np.ones((2, 3)))), ValueError, r"LayerNorm.*expected \(\.\.\., 4\)"),
        (lambda: nn.BatchNorm1d(4)(Tensor(np.ones((2, 3)))), ValueError, r"BatchNorm1d.*expected \(N, 4\)"),
        (lambda: nn.BatchNorm1d(3)(Tensor(np.ones((1, 3)))), ValueError, "more than one value"),
        (lambda: nn.Residual(nn.Linear(3, 2))(Tensor(np.ones((1, 3)))), ValueError, "residual"),
        (
            lambda: nn.Embedding(3, 2)(np.array([3])),
            IndexError,
            r"^Embedding\(3, 2\): embedding: index 3 is out of range",
        ),
        (lambda: nn.Embedding(3, 2)(np.array([1.0])), TypeError, "Embedding.*integers"),
        (lambda: nn.Module()(1), NotImplementedError, "forward"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
