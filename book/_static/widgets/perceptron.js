/* Chapter 2: the perceptron learning algorithm one update at a time, in data space and in weight space.
   eta = 1/2, so an update adds or subtracts the example itself; sgn(0) = -1. Data: points and xor as [x1, x2, label]. */
ChainRule.widget("perceptron", function (root, data) {
  "use strict";
  var MOST_UPDATES = 2000;
  var points, w, trail, next, quiet, updates, timer = null;

  var pair = ChainRule.el("div", { class: "cr-pair" });
  root.append(pair);
  var left = ChainRule.el("div", {}), right = ChainRule.el("div", {});
  pair.append(left, right);
  var space = ChainRule.chart(left, {
    label: "Data space", x: [-3, 4], y: [-3, 4], xLabel: "x₁", yLabel: "x₂", width: 340, height: 320,
    onPoint: function (x1, x2) { add(round(x1), round(x2), Number(kind.value())); }
  });
  var weights = ChainRule.chart(right, {
    label: "Weight space", x: [-3, 3], y: [-3, 3], xLabel: "w₁", yLabel: "w₂", width: 340, height: 320
  });
  var readout = ChainRule.readout(root);

  var run = ChainRule.controls(root, "The algorithm");
  var stepButton = ChainRule.button(run, "Step", function () { stop(); step(); draw(); });
  var runButton = ChainRule.button(run, "Run", function () { if (timer) { stop(); draw(); } else start(); });
  ChainRule.button(run, "Reset weights", function () { restart(); });
  ChainRule.button(run, "Chapter's points", function () { load(data.points); });
  ChainRule.button(run, "XOR", function () { load(data.xor); });
  ChainRule.button(run, "No points", function () { load([]); });

  var feed = ChainRule.controls(root, "Add a point");
  var kind = ChainRule.choice(feed, { label: "class", options: [["1", "A (+1)"], ["-1", "B (−1)"]], value: "1" });
  var x1 = ChainRule.numberField(feed, { label: "x₁", value: 0, step: 0.1 });
  var x2 = ChainRule.numberField(feed, { label: "x₂", value: 0, step: 0.1 });
  ChainRule.button(feed, "Add point", function () { add(x1.value(), x2.value(), Number(kind.value())); });

  function round(v) { return Math.round(v * 10) / 10; }

  function load(list) {
    points = list.map(function (p) { return p.slice(); });
    restart();
  }

  function add(a, b, label) {
    stop();
    points.push([a, b, label]);
    // What was learnt stays; the round starts again, because the new point has not been looked at.
    next = 0;
    quiet = 0;
    draw();
  }

  function restart() {
    stop();
    w = [0, 0, 0];
    trail = [[0, 0]];
    next = quiet = updates = 0;
    draw();
  }

  function sum(p) { return w[0] + w[1] * p[0] + w[2] * p[1]; }
  function predicted(p) { return sum(p) > 0 ? 1 : -1; }
  function wrong() { return points.filter(function (p) { return predicted(p) !== p[2]; }).length; }
  function finished() { return points.length > 0 && wrong() === 0; }

  /* Goes on in order to the next misclassified point and updates; false when there is none. */
  function step() {
    for (quiet = 0; quiet < points.length; quiet++) {
      var index = next, p = points[index];
      next = (next + 1) % points.length;
      if (predicted(p) !== p[2]) {
        w = [w[0] + p[2], w[1] + p[2] * p[0], w[2] + p[2] * p[1]];
        trail.push([w[1], w[2]]);
        updates += 1;
        last = index;
        return true;
      }
    }
    return false;
  }
  var last = -1;

  function start() {
    timer = setInterval(function () {
      var went = updates < MOST_UPDATES && step();
      if (!went) stop();
      draw();
    }, 350);
    draw();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  function span(values, least) {
    var reach = Math.max.apply(null, values.map(Math.abs).concat([least])) * 1.15;
    return [-reach, reach];
  }

  function draw() {
    var all = points.map(function (p) { return Math.max(Math.abs(p[0]), Math.abs(p[1])); });
    space.limits(span(all, 3), span(all, 3));
    space.clear();
    var reach = span(all, 3)[1] * 1.5;
    if (w[2] !== 0) {
      space.line([-reach, reach].map(function (a) { return [a, -(w[0] + w[1] * a) / w[2]]; }), "ink");
    } else if (w[1] !== 0) {
      space.line([[-w[0] / w[1], -reach], [-w[0] / w[1], reach]], "ink");
    }
    points.forEach(function (p, index) {
      space.dot([p[0], p[1]], p[2] > 0 ? "class-a" : "class-b", 6);
      if (updates > 0 && index === last) {
        space.add(ChainRule.svg("circle", { cx: space.px(p[0]), cy: space.py(p[1]), r: 12, class: "cr-ring" }));
      }
    });
    var reachW = trail.map(function (t) { return Math.max(Math.abs(t[0]), Math.abs(t[1])); });
    weights.limits(span(reachW, 2), span(reachW, 2));
    weights.clear();
    weights.line(trail, "muted");
    trail.forEach(function (t) { weights.dot(t, "muted", 3); });
    weights.dot(trail[trail.length - 1], "ink", 6);

    var n = wrong();
    var state = points.length === 0 ? "Add points of both classes."
      : finished() ? "No error: done." : n + (n === 1 ? " point is" : " points are") + " misclassified.";
    if (updates >= MOST_UPDATES) state += " Stopped after " + MOST_UPDATES + " updates.";
    readout.say("w = (" + w.map(function (v) { return ChainRule.format(v, 4); }).join(", ") + ") after " + updates +
      (updates === 1 ? " update. " : " updates. ") + state);
    stepButton.disabled = points.length === 0 || finished();
    runButton.disabled = stepButton.disabled && !timer;
    runButton.textContent = timer ? "Pause" : "Run";
    space.describe("Data space: " + points.length + " points and the line of the weights");
    weights.describe("Weight space: the path of (w1, w2) over " + updates + " updates");
    root.dataset.weights = w.join(",");
    root.dataset.updates = String(updates);
    root.dataset.errors = String(n);
  }

  load(data.points);
});
