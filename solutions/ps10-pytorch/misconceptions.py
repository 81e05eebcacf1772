"""Wrong solutions of problem set 10, from slips with scales, batches, loops, metrics and files."""

# ruff: noqa: F821 (torch, Rows, small_network and chainrule are the notebook's own names)

import numpy as np

from classroom.misconception import wrong

# 1 One scale for all


@wrong("scale-check", cell="scale", name="standardised", hint="held-out rows took part")
def scale_of_all_rows(train, held_out):
    rows = np.concatenate([train, held_out])
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    std = np.where(std > 0, std, 1.0)
    return (train - mean) / std, (held_out - mean) / std


@wrong("scale-check", cell="scale", name="standardised", hint="a scale of their own")
def a_scale_for_each(train, held_out):
    def own(rows):
        std = rows.std(axis=0)
        return (rows - rows.mean(axis=0)) / np.where(std > 0, std, 1.0)

    return own(train), own(held_out)


@wrong("scale-check", cell="scale", name="standardised", hint="divide by N - 1")
def sample_deviation(train, held_out):
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=1)
    std = np.where(std > 0, std, 1.0)
    return (train - mean) / std, (held_out - mean) / std


@wrong("scale-check", cell="scale", name="standardised", hint="one mean for all features")
def one_mean_for_everything(train, held_out):
    return (train - train.mean()) / train.std(), (held_out - train.mean()) / train.std()


@wrong("scale-check", cell="scale", name="standardised", hint="deviation is 0")
def constant_feature_divided_by_zero(train, held_out):
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return (train - mean) / std, (held_out - mean) / std


@wrong("scale-check", cell="scale", name="standardised", hint="only shift")
def constant_feature_divided_by_almost_zero(train, held_out):
    mean, std = train.mean(axis=0), train.std(axis=0) + 1e-8
    return (train - mean) / std, (held_out - mean) / std


# 2 Rows and batches


@wrong("rows-check", cell="rows", name="Rows", hint="shape (1,)")
class TargetsWithoutAColumn:
    def __init__(self, X, y):
        self.X, self.y = torch.tensor(X), torch.tensor(y)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


@wrong("rows-check", cell="rows", name="Rows", hint="float64 tensors")
class RowsOfSinglePrecision(torch.utils.data.Dataset):
    def __init__(self, X, y):
        self.X, self.y = torch.tensor(X).float(), torch.tensor(y).float()[:, None]

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


@wrong("rows-check", cell="rows", name="Rows", hint="number of features")
class LengthOfARow:
    def __init__(self, X, y):
        self.X, self.y = torch.tensor(X), torch.tensor(y)[:, None]

    def __len__(self):
        return self.X.shape[1]

    def __getitem__(self, i):
        return self.X[i], self.y[i]


@wrong("rows-check", cell="rows", name="loader", hint="The rows come in the same order")
def loader_that_does_not_shuffle(X, y, size, seed):
    return torch.utils.data.DataLoader(Rows(X, y), batch_size=size)


@wrong("rows-check", cell="rows", name="loader", hint="smaller one, too")
def loader_that_drops_the_rest(X, y, size, seed):
    order = torch.Generator().manual_seed(seed)
    return torch.utils.data.DataLoader(Rows(X, y), size, shuffle=True, generator=order, drop_last=True)


@wrong("rows-check", cell="rows", name="loader", hint="generator of its own")
def loader_without_a_generator(X, y, size, seed):
    return torch.utils.data.DataLoader(Rows(X, y), batch_size=size, shuffle=True)


# 3 Networks from a list of sizes


@wrong("network-check", cell="network", name="network", hint="after the last layer")
def relu_at_the_end(sizes):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers).double()


@wrong("network-check", cell="network", name="network", hint="no bend in it")
def no_activation(sizes):
    return torch.nn.Sequential(*[torch.nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])]).double()


@wrong("network-check", cell="network", name="network", hint="another activation")
def bent_by_tanh(sizes):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1]).double()


@wrong("network-check", cell="network", name="network", hint="Every layer has a bias")
def no_biases(sizes):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        layers += [torch.nn.Linear(n, m, bias=False), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1]).double()


@wrong("network-check", cell="network", name="network", hint="float64")
def left_in_single_precision(sizes):
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


# 4 The training loop


@wrong("train-check", cell="train", name="train", hint="zero_grad")
def gradients_left_standing(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for _ in range(epochs):
        for k in range(0, len(X), size):
            torch.nn.functional.mse_loss(model(X[k : k + size]), y[k : k + size]).backward()
            optimizer.step()
        losses.append(torch.nn.functional.mse_loss(model(X), y).item())
    return losses


@wrong("train-check", cell="train", name="train", hint="The last batch was left out")
def last_batch_left_out(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for _ in range(epochs):
        for k in range(0, len(X) - size + 1, size):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(X[k : k + size]), y[k : k + size]).backward()
            optimizer.step()
        losses.append(torch.nn.functional.mse_loss(model(X), y).item())
    return losses


@wrong("train-check", cell="train", name="train", hint="loss of the last batch")
def loss_of_the_last_batch(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for _ in range(epochs):
        for k in range(0, len(X), size):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(X[k : k + size]), y[k : k + size])
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("train-check", cell="train", name="train", hint="means of the batches' losses")
def losses_added_up_on_the_way(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for _ in range(epochs):
        seen = []
        for k in range(0, len(X), size):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(X[k : k + size]), y[k : k + size])
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
        losses.append(np.mean(seen))
    return losses


@wrong("train-check", cell="train", name="train", hint="never shuffled")
def rows_in_random_order(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    order = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for rows in torch.randperm(len(X), generator=order).split(size):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(X[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(torch.nn.functional.mse_loss(model(X), y).item())
    return losses


@wrong("train-check", cell="train", name="train", hint="the start")
def nothing_moves(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    losses = []
    for _ in range(epochs):
        for k in range(0, len(X), size):
            torch.nn.functional.mse_loss(model(X[k : k + size]), y[k : k + size]).backward()
        losses.append(torch.nn.functional.mse_loss(model(X), y).item())
    return losses


@wrong("train-check", cell="train", name="train", hint="as if all rows were one batch")
def one_step_an_epoch(weights, X, y, rate, epochs, size):
    model = small_network()
    model.load_state_dict(weights)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for _ in range(epochs):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(X), y).backward()
        optimizer.step()
        losses.append(torch.nn.functional.mse_loss(model(X), y).item())
    return losses


# 5 Five numbers


@wrong("scores-check", cell="scores", name="scores", hint="around the mean of the predictions")
def r2_around_the_predictions(y_hat, y, train_mean):
    if y_hat.shape != y.shape:
        raise ValueError("the shapes differ")
    e = y_hat - y
    mse = np.mean(e**2)
    r2 = 1 - np.sum(e**2) / np.sum((y_hat - y_hat.mean()) ** 2)
    gain = 1 - np.sqrt(mse) / np.sqrt(np.mean((train_mean - y) ** 2))
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": np.mean(np.abs(e)), "r2": r2, "gain": gain}


@wrong("scores-check", cell="scores", name="scores", hint="squares the errors first")
def root_of_each_square(y_hat, y, train_mean):
    if y_hat.shape != y.shape:
        raise ValueError("the shapes differ")
    e = y_hat - y
    mse, mae = np.mean(e**2), np.mean(np.abs(e))
    r2 = 1 - np.sum(e**2) / np.sum((y - y.mean()) ** 2)
    gain = 1 - np.sqrt(mse) / np.sqrt(np.mean((train_mean - y) ** 2))
    return {"mse": mse, "rmse": np.mean(np.sqrt(e**2)), "mae": mae, "r2": r2, "gain": gain}


@wrong("scores-check", cell="scores", name="scores", hint="divides a sum by a sum")
def sample_variance_in_r2(y_hat, y, train_mean):
    if y_hat.shape != y.shape:
        raise ValueError("the shapes differ")
    mse = np.mean((y_hat - y) ** 2)
    gain = 1 - np.sqrt(mse / np.mean((train_mean - y) ** 2))
    r2 = 1 - mse / np.var(y, ddof=1)
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": np.mean(np.abs(y_hat - y)), "r2": r2, "gain": gain}


@wrong("scores-check", cell="scores", name="scores", hint="squared correlation")
def correlation_for_r2(y_hat, y, train_mean):
    if y_hat.shape != y.shape:
        raise ValueError("the shapes differ")
    e = y_hat - y
    mse, mae = np.mean(e**2), np.mean(np.abs(e))
    r2 = np.corrcoef(y_hat, y)[0, 1] ** 2
    gain = 1 - np.sqrt(mse) / np.sqrt(np.mean((train_mean - y) ** 2))
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": mae, "r2": r2, "gain": gain}


@wrong("scores-check", cell="scores", name="scores", hint="mean of the training targets")
def baseline_that_knows_the_test_mean(y_hat, y, train_mean):
    if y_hat.shape != y.shape:
        raise ValueError("the shapes differ")
    e = y_hat - y
    mse, mae = np.mean(e**2), np.mean(np.abs(e))
    r2 = 1 - np.sum(e**2) / np.sum((y - y.mean()) ** 2)
    gain = 1 - np.sqrt(mse) / np.std(y)
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": mae, "r2": r2, "gain": gain}


@wrong("scores-check", cell="scores", name="scores", hint="every prediction with every target")
def any_shapes_will_do(y_hat, y, train_mean):
    e = y_hat - y
    mse, mae = np.mean(e**2), np.mean(np.abs(e))
    r2 = 1 - np.sum(e**2) / np.sum((y - y.mean()) ** 2)
    gain = 1 - np.sqrt(mse) / np.sqrt(np.mean((train_mean - y) ** 2))
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": mae, "r2": r2, "gain": gain}


# 6 To disk and back


@wrong("save-check", cell="save", name="save_weights", hint="not the model object")
def saves_the_object(weights, path):
    model = small_network()
    model.load_state_dict(weights)
    torch.save(model, path)


@wrong("save-check", cell="save", name="predict_from", hint="let it through")
def refusal_caught(path, X):
    model = small_network()
    try:
        model.load_state_dict(torch.load(path, weights_only=True))
    except Exception:
        return None
    with torch.no_grad():
        return model(X).numpy()


@wrong("save-check", cell="save", name="predict_from", hint="weights_only=True")
def trusts_every_file(path, X):
    model = small_network()
    model.load_state_dict(torch.load(path, weights_only=False))
    with torch.no_grad():
        return model(X).numpy()


@wrong("save-check", cell="save", name="predict_from", hint="other weights than those saved")
def never_fills_in_the_weights(path, X):
    model = small_network()
    torch.load(path, weights_only=True)
    with torch.no_grad():
        return model(X).numpy()


@wrong("save-check", cell="save", name="predict_from", hint="torch.no_grad()")
def predicts_with_a_graph(path, X):
    model = small_network()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model(X).numpy()


# 7 The book's own engine


@wrong("engine-check", cell="engine", name="chainrule_training", hint="momentum is missing")
def plain_descent(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="single precision")
def single_precision(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict({name: np.array(w, dtype=np.float32) for name, w in weights.items()})
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    X, y = X.astype(np.float32), y.astype(np.float32)
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(np.float32(loss.item())))
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="before the step")
def losses_after_the_step(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        mse(net(X), y).backward()
        optimizer.step()
        losses.append(mse(net(X), y).item())
        held_out.append(mse(net(X_held_out), y_held_out).item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="zero_grad before each backward")
def gradients_never_forgotten(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="zero_grad before each backward")
def gradients_forgotten_once(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    optimizer.zero_grad()
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="a step before backward")
def step_before_backward(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        optimizer.step()
        loss.backward()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="A zero_grad between backward and step")
def gradients_forgotten_before_they_are_used(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="the held-out rows have X and y of their own")
def training_loss_for_the_held_out_one(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="belongs to the weights before the step")
def held_out_loss_after_the_step(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        held_out.append(mse(net(X_held_out), y_held_out).item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="no backward for it")
def held_out_rows_train_as_well(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mse(net(X), y)
        loss.backward()
        other = mse(net(X_held_out), y_held_out)
        other.backward()
        optimizer.step()
        losses.append(loss.item())
        held_out.append(other.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="The training rows decide the steps")
def held_out_rows_in_place_of_the_training_rows(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        other = mse(net(X_held_out), y_held_out)
        losses.append(mse(net(X), y).item())
        other.backward()
        optimizer.step()
        held_out.append(other.item())
    return losses, held_out, net.state_dict()


@wrong("engine-check", cell="engine", name="chainrule_training", hint="before the last step")
def weights_before_the_last_step(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        end = net.state_dict()
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, end


@wrong("engine-check", cell="engine", name="chainrule_training", hint="weights of the start")
def weights_of_the_start(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, weights


@wrong("engine-check", cell="engine", name="chainrule_training", hint="asked for by name")
def parameters_in_a_list(weights, X, y, X_held_out, y_held_out, rate, momentum, steps):
    net = chainrule.nn.Sequential(chainrule.nn.Linear(2, 4), chainrule.nn.Tanh(), chainrule.nn.Linear(4, 1))
    net.load_state_dict(weights)
    optimizer, mse = chainrule.optim.SGD(net.parameters(), lr=rate, momentum=momentum), chainrule.losses.mse_loss
    losses, held_out = [], []
    for _ in range(steps):
        loss = mse(net(X), y)
        held_out.append(mse(net(X_held_out), y_held_out).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, held_out, [p.data for p in net.parameters()]


# 8 Patients you have never seen


@wrong("project-check", cell="project", name="predict_progression", hint="undo the scale of the targets")
def stays_in_standard_units(X_train, y_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    A = np.column_stack([np.ones(len(X_train)), (X_train - mean) / std])
    w, *_ = np.linalg.lstsq(A, (y_train - y_train.mean()) / y_train.std(), rcond=None)
    return np.column_stack([np.ones(len(X_new)), (X_new - mean) / std]) @ w


@wrong("project-check", cell="project", name="predict_progression", hint="not a number")
def raw_features(X_train, y_train, X_new):
    X, y = torch.tensor(X_train), torch.tensor(y_train)[:, None]
    model = torch.nn.Linear(X.shape[1], 1).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(X), y).backward()
        optimizer.step()
    with torch.no_grad():
        return model(torch.tensor(X_new)).numpy()[:, 0]


@wrong("project-check", cell="project", name="predict_progression", hint="one and the same number")
def answers_the_mean(X_train, y_train, X_new):
    return np.full(len(X_new), y_train.mean())


@wrong("project-check", cell="project", name="predict_progression", hint="of shape (M,)")
def column_of_predictions(X_train, y_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    A = np.column_stack([np.ones(len(X_train)), (X_train - mean) / std])
    w, *_ = np.linalg.lstsq(A, y_train, rcond=None)
    return (np.column_stack([np.ones(len(X_new)), (X_new - mean) / std]) @ w)[:, None]


@wrong("project-check", cell="project", name="predict_progression", hint="One patient alone has no spread")
def new_rows_scaled_by_themselves(X_train, y_train, X_new):
    def own(X):
        with np.errstate(all="ignore"):
            return np.column_stack([np.ones(len(X)), (X - X.mean(axis=0)) / X.std(axis=0)])

    w, *_ = np.linalg.lstsq(own(X_train), y_train, rcond=None)
    return own(X_new) @ w
