/* Chapter 12: one recurrent unit, h_t = g(w h_(t-1) + x_t), unrolled; the gradient of the last state at every step.
   x_1 = 1, x_t = c afterwards, h_0 = 0. Data: {w, steps, constant, g}, what the controls start from. */
ChainRule.widget("unrolled-unit", function (root, data) {
  "use strict";
  var MOST = 60;
  var format = ChainRule.format, mark = ChainRule.mark;

  var states = ChainRule.chart(root, {
    label: "State at each step", x: [0.5, MOST], y: [-1, 1], xLabel: "step t", yLabel: "state", width: 560, height: 210
  });
  var gradients = ChainRule.chart(root, {
    label: "Gradient of the last state at each step", x: [0.5, MOST], y: [-4, 1], xLabel: "step t",
    yLabel: "log₁₀ |gradient|", width: 560, height: 230
  });
  var readout = ChainRule.readout(root);
  var shape = ChainRule.controls(root, "Unit");
  var weight = ChainRule.slider(shape, { label: "weight w", min: -2, max: 2, step: 0.05, value: data.w, onInput: draw });
  var steps = ChainRule.slider(shape, { label: "steps T", min: 2, max: MOST, step: 1, value: data.steps, onInput: draw });
  var constant = ChainRule.slider(shape, {
    label: "constant input c", min: -1, max: 1, step: 0.05, value: data.constant, kind: "value", onInput: draw
  });
  var squash = ChainRule.choice(shape, {
    label: "activation", value: data.g, onInput: draw, options: [["linear", "none (linear)"], ["tanh", "tanh"], ["relu", "ReLU"]]
  });
  var buttons = ChainRule.controls(root, "Examples");
  example("Forgets", 0.7, 20, 0, "linear");
  example("Explodes", 1.2, 40, 0, "linear");
  example("tanh holds a level", 1.4, 40, 0, "tanh");
  example("tanh saturates", 1.4, 40, 0.5, "tanh");

  function example(text, w, T, c, g) {
    ChainRule.button(buttons, text, function () {
      weight.set(w);
      steps.set(T);
      constant.set(c);
      squash.set(g);
      draw();
    });
  }

  function g(z) { return squash.value() === "tanh" ? Math.tanh(z) : squash.value() === "relu" ? Math.max(z, 0) : z; }

  function slope(h) { return squash.value() === "tanh" ? 1 - h * h : squash.value() === "relu" ? Number(h > 0) : 1; }

  /* States h_1 ... h_T, and dh_T/dh_t for t = 1 ... T. */
  function run() {
    var T = Math.round(steps.value()), h = [], back = [], before = 0;
    for (var t = 0; t < T; t++) h.push(before = g(weight.value() * before + (t === 0 ? 1 : constant.value())));
    back[T - 1] = 1;
    for (t = T - 2; t >= 0; t--) back[t] = back[t + 1] * weight.value() * slope(h[t + 1]);
    return { h: h, back: back, T: T };
  }

  function verdict(first, T) {
    var size = Math.abs(first);
    if (size === 0) return "It is exactly 0: nothing of the first state is left.";
    var factor = Math.pow(size, 1 / (T - 1)), word = size < 0.01 ? "It vanishes" : size > 100 ? "It explodes" : "It survives";
    return word + ": on average a factor of " + format(factor, 3) + " a step.";
  }

  function draw() {
    var now = run(), T = now.T;
    var most = now.h.reduce(function (m, v) { return Math.max(m, Math.abs(v)); }, 0.9);
    // A gradient that is exactly 0 has no logarithm: its points are left out.
    var logs = now.back.map(function (v, k) { return [k + 1, Math.log10(Math.abs(v))]; }).filter(function (p) { return isFinite(p[1]); });
    var heights = logs.map(function (p) { return p[1]; });
    var low = Math.min(-4, Math.floor(Math.min.apply(null, heights))), high = Math.max(1, Math.ceil(Math.max.apply(null, heights)));
    states.limits([0.5, T + 0.5], [-1.1 * most, 1.1 * most]);
    gradients.limits([0.5, T + 0.5], [low, high]);
    states.clear();
    gradients.clear();
    states.line([[0.5, 0], [T + 0.5, 0]], "muted");
    gradients.line([[0.5, 0], [T + 0.5, 0]], "muted");
    states.line(now.h.map(function (v, k) { return [k + 1, v]; }), "value");
    gradients.line(logs, "derivative").setAttribute("stroke-dasharray", "6 4");
    now.h.forEach(function (v, k) { states.dot([k + 1, v], "value", T > 30 ? 3 : 4); });
    logs.forEach(function (p) { gradients.dot(p, "derivative", T > 30 ? 3 : 4); });
    readout.say("State h", ChainRule.el("sub", {}, String(T)), " = ", mark(format(now.h[T - 1], 3), "value"), ". Gradient back at step 1: ",
      mark(format(now.back[0], 3), "derivative"), ". ", verdict(now.back[0], T));
    states.describe("State at steps 1 to " + T + ": from " + format(now.h[0], 3) + " to " + format(now.h[T - 1], 3) + ".");
    gradients.describe("Gradient of the last state, on a logarithmic axis: 1 at step " + T + ", " + format(now.back[0], 3) + " at step 1.");
    root.dataset.state = String(now.h[T - 1]);
    root.dataset.gradient = String(now.back[0]);
  }

  draw();
});
