/* A neuron computed with dual numbers (chapter 5): choose the seed and the numbers, read every pair.
   Data: {start: {w11, w21, x1, x2}, passes: {seeded: {"w11 x1": [value, derivative], ...}}}. The passes are the
   package's own numbers for the start; tests hold the widget to them. */
ChainRule.widget("neuron-dual", function (root, data) {
  "use strict";
  var svg = ChainRule.svg, format = ChainRule.format;
  var names = ["w11", "w21", "x1", "x2"];
  var pretty = { w11: "w₁₁", w21: "w₂₁", x1: "x₁", x2: "x₂" };

  // Dual arithmetic, as in the chapter: [value, derivative].
  function times(u, v) { return [u[0] * v[0], u[1] * v[0] + u[0] * v[1]]; }
  function plus(u, v) { return [u[0] + v[0], u[1] + v[1]]; }
  function relu(u) { return [Math.max(0, u[0]), u[0] > 0 ? u[1] : 0]; }

  var places = {
    w11: [30, 42], x1: [30, 112], w21: [30, 182], x2: [30, 252],
    first: [182, 77], second: [182, 217], sum: [306, 147], relu: [426, 147], z: [532, 147]
  };
  var half = { w11: 19, w21: 19, x1: 19, x2: 19, first: 18, second: 18, sum: 18, relu: 27, z: 19 };
  var edges = [
    ["w11", "first"], ["x1", "first"], ["w21", "second"], ["x2", "second"],
    ["first", "sum"], ["second", "sum"], ["sum", "relu"], ["relu", "z"]
  ];
  var drawing = svg("svg", { viewBox: "0 0 560 282", class: "cr-chart", role: "img", style: "max-width: 40rem; font-size: 15px" });
  root.append(drawing);

  function shape(name) {
    var at = places[name], r = half[name];
    var look = "fill: var(--cr-paper); stroke: var(--cr-ink); stroke-width: 1.4";
    if (name[0] === "w") {
      return svg("rect", { x: at[0] - r, y: at[1] - r, width: 2 * r, height: 2 * r, style: look + "; stroke-width: 2.4" });
    }
    if (name[0] === "x" || name === "z") {
      return svg("circle", { cx: at[0], cy: at[1], r: r, style: look + "; stroke: var(--cr-value)" });
    }
    return svg("rect", { x: at[0] - r, y: at[1] - 18, width: 2 * r, height: 36, rx: 8, style: look });
  }

  function edge(from, to, pair) {
    var a = places[from], b = places[to];
    var length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    var dx = (b[0] - a[0]) / length, dy = (b[1] - a[1]) / length;
    var start = [a[0] + dx * half[from], a[1] + dy * half[from]];
    var end = [b[0] - dx * (half[to] + 2), b[1] - dy * (half[to] + 2)];
    function corner(along, across) { return (end[0] + dx * along - dy * across) + " " + (end[1] + dy * along + dx * across); }
    drawing.append(
      svg("path", { d: "M" + start + "L" + end, style: "stroke: var(--cr-value); stroke-width: 1.4; fill: none" }),
      svg("path", { d: "M" + end[0] + " " + end[1] + "L" + corner(-9, 4) + "L" + corner(-9, -4) + "Z", style: "fill: var(--cr-value)" }));
    // A pair on a level edge may be wider than the edge, so it stands above the boxes.
    var lift = dy === 0 ? 27 : 8;
    var x = (start[0] + end[0]) / 2, y = (start[1] + end[1]) / 2;
    var turn = "rotate(" + Math.atan2(dy, dx) * 180 / Math.PI + " " + x + " " + y + ")";
    drawing.append(svg("text", { x: x, y: y - lift, transform: turn, "text-anchor": "middle", style: "fill: var(--cr-ink)" },
      "(", svg("tspan", { style: "fill: var(--cr-value)" }, format(pair[0])),
      ", ", svg("tspan", { style: "fill: var(--cr-derivative)" }, format(pair[1])), ")"));
  }

  function node(name, text, seeded) {
    var at = places[name], outline = shape(name);
    drawing.append(outline);
    if (seeded) {
      outline.style.stroke = "var(--cr-derivative)";
      outline.style.strokeWidth = "3";
      outline.style.strokeDasharray = "5 3";
    }
    drawing.append(svg("text", {
      x: at[0], y: at[1] + 5, "text-anchor": "middle", style: "fill: var(--cr-ink); font-weight: " + (name[0] === "w" ? 700 : 400)
    }, text));
  }

  function draw() {
    var seeded = seed.value(), input = {};
    names.forEach(function (name) { input[name] = [fields[name].value(), name === seeded ? 1 : 0]; });
    var first = times(input.w11, input.x1), second = times(input.w21, input.x2);
    var sum = plus(first, second), z = relu(sum);
    var pairs = { w11: input.w11, x1: input.x1, w21: input.w21, x2: input.x2, first: first, second: second, sum: sum, relu: z };
    drawing.textContent = "";
    edges.forEach(function (e) { edge(e[0], e[1], pairs[e[0]]); });
    names.forEach(function (name) { node(name, pretty[name], name === seeded); });
    node("first", "×");
    node("second", "×");
    node("sum", "+");
    node("relu", "relu");
    node("z", "z");

    function text(pair) {
      return ["(", ChainRule.mark(format(pair[0]), "value"), ", ", ChainRule.mark(format(pair[1]), "derivative"), ")"];
    }
    var state = sum[0] > 0 ? "The sum is positive: the derivative passes."
      : sum[0] < 0 ? "The sum is negative: nothing passes."
        : "The sum is exactly 0: this book's ReLU lets no derivative pass there.";
    var parts = ["w₁₁x₁ = "].concat(text(first), [",  w₂₁x₂ = "], text(second), [",  sum = "], text(sum), [",  z = "], text(z),
      [".  ∂z/∂" + pretty[seeded] + " = ", ChainRule.mark(format(z[1]), "derivative"), ".  " + state]);
    readout.say.apply(null, parts);
    drawing.setAttribute("aria-label", "Graph of z = relu(w₁₁x₁ + w₂₁x₂) with a pair, value and derivative, on every edge. " +
      "Seeded: " + pretty[seeded] + ". z is (" + format(z[0]) + ", " + format(z[1]) + ").");
    root.dataset.pairs = JSON.stringify({ "w11 x1": first, "w21 x2": second, sum: sum, z: z });
  }

  var controls = ChainRule.controls(root, "Seed, weights and inputs");
  var seed = ChainRule.choice(controls, {
    label: "seed (derivative 1)", options: names.map(function (name) { return [name, pretty[name]]; }), value: "w11", onInput: draw
  });
  var fields = {};
  names.forEach(function (name) {
    fields[name] = ChainRule.slider(controls, {
      label: pretty[name], min: -3, max: 3, step: 0.5, value: data.start[name], onInput: draw
    });
  });
  ChainRule.button(controls, "Start again", function () {
    seed.set("w11");
    names.forEach(function (name) { fields[name].set(data.start[name]); });
    draw();
  });
  var readout = ChainRule.readout(root);
  draw();
});
