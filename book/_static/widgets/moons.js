/* Chapter 7: hidden units added one by one to a network on the two moons, as the package has trained them.
   Data: points, labels (0 or 1), first (five points, unrounded), and for 0 to 6 units a network: units [bias, w1, w2,
   output weight], plane (the weights where there is no unit), bias of the output, right (share of points), check
   (its logits at `first`). */
ChainRule.widget("moons", function (root, data) {
  "use strict";
  var X = [-1.5, 2.5], Y = [-1.1, 1.6], COLUMNS = 64, ROWS = 44;
  var chart = ChainRule.chart(root, {
    label: "Decision regions of a network on the two moons", x: X, y: Y, xLabel: "x₁", yLabel: "x₂", width: 560, height: 380
  });
  var readout = ChainRule.readout(root);
  var controls = ChainRule.controls(root, "Network");
  var count = ChainRule.slider(controls, {
    label: "hidden units", min: 0, max: data.networks.length - 1, step: 1, value: 1, onInput: draw
  });
  ChainRule.button(controls, "Add a unit", function () {
    count.set(Math.min(count.value() + 1, data.networks.length - 1));
    draw();
  });
  ChainRule.button(controls, "Remove one", function () { count.set(Math.max(count.value() - 1, 0)); draw(); });
  var lines = ChainRule.choice(controls, {
    label: "lines of the units", value: "shown", options: [["shown", "shown"], ["hidden", "hidden"]], onInput: draw
  });

  function logit(network, x1, x2) {
    if (!network.units.length) return network.bias + network.plane[0] * x1 + network.plane[1] * x2;
    return network.units.reduce(function (sum, u) {
      return sum + u[3] * Math.tanh(u[0] + u[1] * x1 + u[2] * x2);
    }, network.bias);
  }

  function regions(network) {
    var w = (chart.px(X[1]) - chart.px(X[0])) / COLUMNS, h = (chart.py(Y[0]) - chart.py(Y[1])) / ROWS;
    var paths = { "class-a": "", "class-b": "" };
    for (var r = 0; r < ROWS; r++) {
      for (var c = 0; c < COLUMNS; c++) {
        var x1 = X[0] + (c + 0.5) / COLUMNS * (X[1] - X[0]), x2 = Y[1] - (r + 0.5) / ROWS * (Y[1] - Y[0]);
        paths[logit(network, x1, x2) > 0 ? "class-b" : "class-a"] +=
          "M" + (chart.px(X[0]) + c * w).toFixed(1) + " " + (chart.py(Y[1]) + r * h).toFixed(1) +
          "h" + w.toFixed(2) + "v" + h.toFixed(2) + "h" + (-w).toFixed(2) + "z";
      }
    }
    Object.keys(paths).forEach(function (kind) {
      if (paths[kind]) chart.add(ChainRule.svg("path", { d: paths[kind], class: "cr-region cr-" + kind }));
    });
  }

  /* The two points where b + w1 x1 + w2 x2 = 0 leaves the frame, along the axis that the line crosses more squarely. */
  function line(u) {
    var b = u[0], w1 = u[1], w2 = u[2];
    return Math.abs(w2) > Math.abs(w1)
      ? X.map(function (x) { return [x, -(b + w1 * x) / w2]; })
      : Y.map(function (y) { return [-(b + w2 * y) / w1, y]; });
  }

  function draw() {
    var units = count.value(), network = data.networks[units];
    chart.clear();
    regions(network);
    data.points.forEach(function (p, k) { chart.dot(p, data.labels[k] ? "class-b" : "class-a", 3.5); });
    if (lines.value() === "shown") network.units.forEach(function (u) { chart.line(line(u), "muted"); });
    var right = Math.round(network.right * data.points.length);
    readout.say(
      units === 1 ? "1 hidden unit: " : units + " hidden units: ",
      ChainRule.mark(right + " of " + data.points.length, "value"), " points on the right side.");
    chart.describe("Decision regions of a network with " + units + " hidden units on the two moons; "
      + right + " of " + data.points.length + " points are on the right side");
    root.dataset.right = String(data.points.filter(function (p, k) {
      return (logit(network, p[0], p[1]) > 0) === (data.labels[k] > 0.5);
    }).length);
    root.dataset.logits = data.first.map(function (p) { return logit(network, p[0], p[1]); }).join(",");
  }
  draw();
});
