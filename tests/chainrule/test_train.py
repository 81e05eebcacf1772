import builtins

import numpy as np
import pytest

from chainrule import Tensor, data, losses, nn, optim, train

torch = pytest.importorskip("torch")


def rng(seed=0):
    return np.random.default_rng(seed)


def moons(n=200, seed=0):
    X, y = data.two_moons(n, 0.1, rng(seed))
    return X, y[:, None].astype(float)


def network(seed=0):
    return nn.Sequential(nn.Linear(2, 16, rng=rng(seed)), nn.Tanh(), nn.Linear(16, 1, rng=rng(seed + 1)))


def fit(model, examples, *, lr=0.05, **options):
    optimizer = optim.Adam(model.parameters(), lr=lr)
    settings = {"epochs": 5, "batch_size": 32, "rng": rng()} | options
    return train.fit(model, losses.binary_cross_entropy_with_logits, optimizer, examples, **settings)


class TestFit:
    def test_same_losses_as_the_loop_in_pytorch(self):
        X, y = moons(50)
        model = network()
        theirs = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)).double()
        theirs.load_state_dict({k: torch.from_numpy(v) for k, v in model.state_dict().items()})
        history = fit(model, (X, y), batch_size=16)
        optimizer, order, want = torch.optim.Adam(theirs.parameters(), lr=0.05), rng(), []
        for _ in range(5):
            total = 0.0
            for xb, yb in data.batches(X, y, 16, order):
                optimizer.zero_grad()
                loss = torch.nn.functional.binary_cross_entropy_with_logits(
                    theirs(torch.from_numpy(xb)), torch.from_numpy(yb)
                )
                loss.backward()
                optimizer.step()
                total += loss.item() * len(xb)
            want.append(total / 50)
        np.testing.assert_allclose(history.train_loss, want, rtol=1e-9)

    def test_learns(self):
        model = network()
        history = fit(model, moons(), epochs=60, validation=moons(seed=1))
        X, y = moons(seed=2)
        assert np.mean((model(X).data > 0) == y) > 0.98
        assert len(history.train_loss) == len(history.validation_loss) == 60 and history.seconds > 0
        assert history.best_epoch == 1 + int(np.argmin(history.validation_loss))
        assert not model.training

    def test_early_stopping_goes_back_to_the_best_weights(self):
        rows = rng().normal(size=(20, 2))
        noise, other = (rows, rng(1).integers(0, 2, (20, 1))), (rows, rng(2).integers(0, 2, (20, 1)))
        model = network()
        history = fit(model, noise, epochs=200, patience=3, validation=other)
        assert len(history.train_loss) == history.best_epoch + 3 < 200
        best = min(history.validation_loss)
        assert train.evaluate(model, losses.binary_cross_entropy_with_logits, other) == pytest.approx(best, rel=1e-12)
        assert history.validation_loss[-1] > best

    def test_schedule_and_clipping(self):
        model = network()
        optimizer = optim.SGD(model.parameters(), lr=1.0)
        before = model.state_dict()
        train.fit(
            model, losses.mse_loss, optimizer, moons(32), epochs=2, batch_size=32, rng=rng(),
            schedule=optim.StepLR(optimizer, 1, 0.5), max_norm=1e-3,
        )  # fmt: skip
        moved = np.sqrt(sum(np.sum((p.data - before[k]) ** 2) for k, p in model.named_parameters()))
        assert 0 < moved <= 1.5e-3  # one step of 1e-3, one of half that
        assert optimizer.param_groups[0]["lr"] == 0.25

    def test_the_generator_decides(self):
        runs = [fit(network(), moons(), rng=rng(seed)).train_loss for seed in (0, 0, 1)]
        assert runs[0] == runs[1] != runs[2]

    def test_dropout_is_off_for_validation(self):
        model = nn.Sequential(nn.Dropout(0.9, rng=rng()), nn.Linear(2, 1, rng=rng()))
        examples = moons()
        seen = [train.evaluate(model, losses.mse_loss, examples) for _ in range(2)]
        assert seen[0] == seen[1] and model.training

    def test_index_inputs(self):
        model = nn.Sequential(nn.Embedding(5, 8, rng=rng()), nn.Flatten(), nn.Linear(16, 5, rng=rng()))
        X = rng().integers(0, 5, (100, 2))
        optimizer = optim.Adam(model.parameters(), lr=0.02)
        history = train.fit(
            model, losses.cross_entropy, optimizer, (X, 4 - X[:, 1]), epochs=40, batch_size=20, rng=rng()
        )
        assert history.train_loss[-1] < 0.1 * history.train_loss[0]

    def test_nan_loss(self):
        X, y = moons(32)
        X[7, 1] = np.nan
        with pytest.raises(FloatingPointError, match=r"the loss is nan in epoch 1, batch \d"):
            fit(network(), (X, y), batch_size=8)

    def test_divergence(self):
        model = nn.Linear(2, 1, rng=rng())
        optimizer = optim.SGD(model.parameters(), lr=1e6)
        with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="learning rate"):
            train.fit(model, losses.mse_loss, optimizer, moons(), epochs=100, batch_size=32, rng=rng())

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"epochs": 0}, "epochs"),
            ({"batch_size": 0}, "batch_size"),
            ({"patience": 0}, "patience"),
            ({"patience": 2}, "patience: expected validation data"),
        ],
    )
    def test_bad_input(self, options, words):
        with pytest.raises(ValueError, match=words):
            fit(network(), moons(), **options)

    def test_no_examples(self):
        with pytest.raises(ValueError, match="at least one example"):
            fit(network(), (np.zeros((0, 2)), np.zeros((0, 1))))

    def test_evaluation_leaves_each_module_in_its_mode(self):
        model = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))
        model[1].eval()
        train.evaluate(model, losses.mse_loss, moons())
        assert (model.training, model[0].training, model[1].training) == (True, True, False)
        with pytest.raises(ValueError, match="at least one example"):
            train.evaluate(model, losses.mse_loss, (np.zeros((0, 2)), np.zeros((0, 1))))
        assert (model.training, model[0].training, model[1].training) == (True, True, False)


class TestProgress:
    def test_bar(self, capsys):
        fit(network(), moons(), progress=True, validation=moons(seed=1))
        shown = capsys.readouterr().err
        assert "fit" in shown and "5/5" in shown and "validation" in shown

    def test_a_line_without_tqdm(self, capsys, monkeypatch):
        real = builtins.__import__

        def fail(name, *args, **kwargs):
            if name.startswith("tqdm"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", fail)
        fit(network(), moons(), progress=True)
        assert capsys.readouterr().err.startswith("fit: 5 of 5 epochs, ")

    def test_silent_where_nobody_watches(self, capsys):
        fit(network(), moons())
        assert capsys.readouterr() == ("", "")


class TestSave:
    def test_round_trip(self, tmp_path):
        first, second = (nn.Sequential(network(s), nn.BatchNorm1d(1)) for s in (0, 5))
        first(Tensor(moons()[0]))
        train.save(first, tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz") as arrays:
            assert set(arrays.files) == set(first.state_dict())
        train.load(second, tmp_path / "model.npz")
        X = moons(seed=3)[0]
        assert np.array_equal(first.eval()(X).data, second.eval()(X).data)

    def test_pickled_objects_are_refused(self, tmp_path):
        np.savez(tmp_path / "bad.npz", weight=np.array([{"a": 1}], dtype=object), bias=np.zeros(1))
        with pytest.raises(ValueError, match="allow_pickle"):
            train.load(nn.Linear(1, 1), tmp_path / "bad.npz")

    def test_another_model(self, tmp_path):
        train.save(nn.Linear(2, 1), tmp_path / "model.npz")
        with pytest.raises(ValueError, match="weight has shape"):
            train.load(nn.Linear(3, 1), tmp_path / "model.npz")
        with pytest.raises(KeyError, match="missing"):
            train.load(network(), tmp_path / "model.npz")
        with pytest.raises(FileNotFoundError):
            train.load(network(), tmp_path / "none.npz")
        with pytest.raises(ValueError, match=r"\.npz"):
            train.save(network(), tmp_path / "model.pt")
