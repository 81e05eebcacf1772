/* Chapter 9: paths of five optimisers on the loss of y = w2 tanh(w1 x), from a start the reader clicks.
   Data: {x, y: the points, w1, w2: the frame, lowest: the lowest loss, start, curves: level curves as lists of
   points}. The steps are those of the chapter's `walk`, on all points or on mini-batches. */
ChainRule.widget("optimiser-paths", function (root, data) {
  "use strict";
  var n = data.x.length, MOST_STEPS = 1000;
  var format = ChainRule.format;
  var start = data.start.slice(), path, state, kept = [];

  var NAMES = { sgd: "gradient descent", momentum: "momentum", adagrad: "AdaGrad", rmsprop: "RMSProp", adam: "Adam" };

  var chart = ChainRule.chart(root, {
    label: "Level curves of the loss with a path", x: data.w1, y: data.w2, xLabel: "weight w₁", yLabel: "weight w₂",
    width: 560, height: 400, onPoint: function (w1, w2) {
      if (w1 < data.w1[0] || w1 > data.w1[1] || w2 < data.w2[0] || w2 > data.w2[1]) return;
      start = [Number(w1.toFixed(2)), Number(w2.toFixed(2))];
      first.set(start[0]);
      second.set(start[1]);
      restart();
    }
  });
  var readout = ChainRule.readout(root);
  var places = ChainRule.controls(root, "Start");
  var first = ChainRule.numberField(places, {
    label: "start w₁", value: start[0], min: data.w1[0], max: data.w1[1], step: 0.1,
    onInput: function (v) { start[0] = v; restart(); }
  });
  var second = ChainRule.numberField(places, {
    label: "start w₂", value: start[1], min: data.w2[0], max: data.w2[1], step: 0.1,
    onInput: function (v) { start[1] = v; restart(); }
  });
  var rule = ChainRule.choice(places, {
    label: "optimiser", value: "sgd", onInput: restart,
    options: Object.keys(NAMES).map(function (name) { return [name, NAMES[name]]; })
  });
  var batch = ChainRule.choice(places, {
    label: "batch", value: String(n), onInput: restart,
    options: [[String(n), "all " + n], ["8", "8"], ["4", "4"], ["1", "1"]]
  });
  var controls = ChainRule.controls(root, "Steps");
  var rate = ChainRule.slider(controls, {
    label: "learning rate η", min: 0.003, max: 3, value: 0.3, logarithmic: true, digits: 3, onInput: restart
  });
  var stepButton = ChainRule.button(controls, "Step", function () { steps(1); });
  var runButton = ChainRule.button(controls, "100 steps", function () { steps(100); });
  ChainRule.button(controls, "Start again", restart);
  ChainRule.button(controls, "Keep this path", function () {
    kept.push(path);
    if (kept.length > 3) kept.shift();
    restart();
  });
  ChainRule.button(controls, "Clear", function () { kept = []; restart(); });

  function now() { return path[path.length - 1]; }
  function lost() { return !(Math.abs(now()[0]) < 50 && Math.abs(now()[1]) < 50); }

  function loss(w) {
    var sum = 0;
    for (var k = 0; k < n; k++) {
      var e = w[1] * Math.tanh(w[0] * data.x[k]) - data.y[k];
      sum += e * e;
    }
    return sum / (2 * n);
  }

  function slope(w, chosen) {
    var g = [0, 0];
    chosen.forEach(function (k) {
      var h = Math.tanh(w[0] * data.x[k]), e = w[1] * h - data.y[k];
      g[0] += e * w[1] * (1 - h * h) * data.x[k] / chosen.length;
      g[1] += e * h / chosen.length;
    });
    return g;
  }

  // The same order of points after every restart, so that a path can be repeated (a linear congruential generator).
  function random() {
    state.random = (1664525 * state.random + 1013904223) % 4294967296;
    return state.random / 4294967296;
  }

  function nextBatch() {
    var size = Number(batch.value());
    if (size === n) return data.x.map(function (_, k) { return k; });
    if (!state.order.length) {
      state.order = data.x.map(function (_, k) { return k; });
      for (var k = n - 1; k > 0; k--) {
        var other = Math.floor(random() * (k + 1)), held = state.order[k];
        state.order[k] = state.order[other];
        state.order[other] = held;
      }
    }
    return state.order.splice(0, size);
  }

  function step() {
    var g = slope(now(), nextBatch()), t = ++state.t, name = rule.value();
    var w = now().map(function (value, i) {
      var direction = g[i];
      if (name === "momentum") direction = state.m[i] = 0.9 * state.m[i] + g[i];
      if (name === "adagrad") {
        state.s[i] += g[i] * g[i];
        direction = g[i] / (Math.sqrt(state.s[i]) + 1e-10);
      }
      if (name === "rmsprop") {
        state.s[i] = 0.9 * state.s[i] + 0.1 * g[i] * g[i];
        direction = g[i] / (Math.sqrt(state.s[i]) + 1e-8);
      }
      if (name === "adam") {
        state.m[i] = 0.9 * state.m[i] + 0.1 * g[i];
        state.s[i] = 0.999 * state.s[i] + 0.001 * g[i] * g[i];
        direction = state.m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(state.s[i] / (1 - Math.pow(0.999, t))) + 1e-8);
      }
      return value - rate.value() * direction;
    });
    path.push(w);
  }

  function steps(count) {
    for (var k = 0; k < count && !lost() && path.length <= MOST_STEPS; k++) step();
    draw();
  }

  function restart() {
    path = [start.slice()];
    state = { t: 0, m: [0, 0], s: [0, 0], order: [], random: 9 };
    draw();
  }

  function verdict() {
    if (path.length === 1) return "Click the surface for another start, choose, and take steps.";
    if (lost()) return "The path has left the frame: it diverges.";
    var value = loss(now());
    if (value < 1.05 * data.lowest) return "Within 5 % of the lowest loss, in the valley " + (now()[0] > 0 ? "upper right." : "lower left.");
    if (Math.hypot.apply(null, slope(now(), data.x.map(function (_, k) { return k; }))) < 1e-3) return "The slope is nearly zero here, and this is not the lowest loss.";
    return "On its way.";
  }

  function draw() {
    chart.clear();
    data.curves.forEach(function (curve) {
      // Thin, and behind everything else.
      chart.line(curve, "muted").setAttribute("style", "stroke-width: 0.8; opacity: 0.55");
    });
    kept.forEach(function (old) { chart.line(old, "ink").setAttribute("style", "stroke-width: 1.3; stroke-dasharray: 5 4"); });
    chart.line(path, "value");
    if (path.length < 60) path.forEach(function (w) { chart.dot(w, "value", 2.5); });
    chart.dot(path[0], "ink", 4);
    chart.dot(now(), "value", 6);
    var taken = path.length - 1, value = loss(now()), g = slope(now(), data.x.map(function (_, k) { return k; }));
    readout.say(taken + (taken === 1 ? " step of " : " steps of ") + NAMES[rule.value()] + " at η = " + format(rate.value(), 3) + ": w = (",
      ChainRule.mark(format(now()[0], 3) + ", " + format(now()[1], 3), "value"), "), loss ", ChainRule.mark(format(value, 4), "value"),
      ", slopes ", ChainRule.mark(format(g[0], 2) + ", " + format(g[1], 2), "derivative"), ". ", verdict());
    chart.describe("Level curves of the loss over two weights, with a path of " + taken + " steps to (" + format(now()[0], 3) + ", " +
      format(now()[1], 3) + ").");
    stepButton.disabled = runButton.disabled = lost() || path.length > MOST_STEPS;
    root.dataset.steps = String(taken);
    root.dataset.w = now()[0] + "," + now()[1];
    root.dataset.loss = String(value);
  }

  restart();
});
