/* Chapter 7: weights for |x - 1| and |x - 2| with two ReLU units, by sliders.
   Data: solutions {kink: {hidden, output}} with biases first, and check: [x, output of the |x - 2| network]. */
ChainRule.widget("two-kinks", function (root, data) {
  "use strict";
  var chart = ChainRule.chart(root, {
    label: "Output of two ReLU units against x", x: [-3, 5], y: [-3, 6], xLabel: "x", yLabel: "output"
  });
  var readout = ChainRule.readout(root);
  var top = ChainRule.controls(root, "Target");
  var target = ChainRule.choice(top, {
    label: "target", value: "1.0", options: [["1.0", "|x − 1|"], ["2.0", "|x − 2|"]], onInput: draw
  });
  ChainRule.button(top, "Show weights", function () { use(data.solutions[target.value()]); });
  ChainRule.button(top, "Transpose hidden weights", function () {
    var w = weights();
    use({ hidden: [[w.hidden[0][0], w.hidden[1][0]], [w.hidden[0][1], w.hidden[1][1]]], output: w.output });
  });
  ChainRule.button(top, "All zero", function () { use({ hidden: [[0, 0], [0, 0]], output: [0, 0, 0] }); });

  var rows = [
    ["unit 1: bias", "unit 1: weight"], ["unit 2: bias", "unit 2: weight"],
    ["output: bias", "output: unit 1", "output: unit 2"]
  ];
  var sliders = rows.map(function (labels) {
    var row = ChainRule.controls(root, labels[0].split(":")[0]);
    return labels.map(function (label) {
      return ChainRule.slider(row, { label: label, min: -3, max: 3, step: 0.1, value: 0, onInput: draw });
    });
  });

  function weights() {
    var values = sliders.map(function (row) { return row.map(function (s) { return s.value(); }); });
    return { hidden: [values[0], values[1]], output: values[2] };
  }

  function use(solution) {
    [solution.hidden[0], solution.hidden[1], solution.output].forEach(function (row, i) {
      row.forEach(function (value, j) { sliders[i][j].set(value); });
    });
    draw();
  }

  function output(w, x) {
    return w.hidden.reduce(function (sum, unit, j) {
      return sum + w.output[j + 1] * Math.max(0, unit[0] + unit[1] * x);
    }, w.output[0]);
  }

  function draw() {
    var w = weights(), kink = Number(target.value()), grid = [], worst = 0;
    for (var k = -60; k <= 100; k++) grid.push(k / 20);
    grid.forEach(function (x) { worst = Math.max(worst, Math.abs(output(w, x) - Math.abs(x - kink))); });
    chart.clear();
    chart.line(grid.map(function (x) { return [x, Math.abs(x - kink)]; }), "muted");
    chart.line(grid.map(function (x) { return [x, output(w, x)]; }), "value");
    var done = worst < 1e-9;
    readout.say("Largest distance from |x − " + kink + "| between −3 and 5: ", ChainRule.mark(ChainRule.format(worst), "value"),
      done ? ". Found." : ".");
    chart.describe("Output of the network and the target |x - " + kink + "|; largest distance " + worst);
    root.dataset.worst = String(worst);
    root.dataset.outputs = data.check.map(function (pair) { return output(w, pair[0]); }).join(",");
  }
  draw();
});
