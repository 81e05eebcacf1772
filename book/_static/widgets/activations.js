/* Chapter 7: an activation function and its derivative, with a point the reader moves.
   Data: z (a grid) and curves {name: {value: [...], slope: [...]}} as the package computes them. */
ChainRule.widget("activations", function (root, data) {
  "use strict";
  var names = { step: "step", sigmoid: "logistic", tanh: "tanh", relu: "ReLU", softplus: "softplus" };
  var chart = ChainRule.chart(root, {
    label: "Activation function and derivative", x: [-6, 6], y: [-1.2, 3], xLabel: "z", yLabel: "g(z) and g′(z)"
  });
  var readout = ChainRule.readout(root);
  var controls = ChainRule.controls(root);
  var chosen = ChainRule.choice(controls, {
    label: "function", value: "sigmoid", onInput: draw,
    options: Object.keys(data.curves).map(function (name) { return [name, names[name]]; })
  });
  var step = data.z[1] - data.z[0];
  var place = ChainRule.slider(controls, { label: "z", min: data.z[0], max: data.z[data.z.length - 1], step: step, value: 0, onInput: draw });

  function draw() {
    var name = chosen.value(), curve = data.curves[name];
    var k = Math.round((place.value() - data.z[0]) / step);
    var z = data.z[k], g = curve.value[k], slope = curve.slope[k];
    function points(values) { return data.z.map(function (at, i) { return [at, values[i]]; }); }
    chart.clear();
    chart.line(points(curve.value), "value");
    chart.line(points(curve.slope), "derivative");
    // A short piece of the tangent: the derivative is its slope.
    chart.line([[z - 1, g - slope], [z + 1, g + slope]], "muted");
    chart.dot([z, g], "value");
    chart.dot([z, slope], "derivative");
    chart.describe(names[name] + ": value " + g + " and derivative " + slope + " at z = " + z);
    readout.say(names[name] + " at z = " + ChainRule.format(z) + ": value ", ChainRule.mark(ChainRule.format(g), "value"),
      ", derivative ", ChainRule.mark(ChainRule.format(slope), "derivative"));
    root.dataset.value = String(g);
    root.dataset.slope = String(slope);
  }
  draw();
});
