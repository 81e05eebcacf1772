/* Chapter 3: the learning-rate exercise on F(w) = 1/2 c w^2, four tasks with answers the page checks.
   Data: {curvature, start, near, steps: {rate: steps or null}, best, limit}, all computed in the chapter. */
ChainRule.widget("learning-rate", function (root, data) {
  "use strict";
  var c = data.curvature, MOST_STEPS = 500, LOST = 300;
  var el = ChainRule.el, format = ChainRule.format;
  var path;

  var chart = ChainRule.chart(root, {
    label: "Loss against the weight", x: [-6, 6], y: [0, 130], xLabel: "weight w", yLabel: "loss F(w)", width: 500, height: 270
  });
  var readout = ChainRule.readout(root);
  var controls = ChainRule.controls(root, "Descent");
  var rate = ChainRule.slider(controls, {
    label: "learning rate η", min: 0.002, max: 1.2, value: 0.02, logarithmic: true, digits: 3, onInput: restart
  });
  var stepButton = ChainRule.button(controls, "Step", function () { step(); draw(); });
  var runButton = ChainRule.button(controls, "Run to the end", function () {
    while (going()) step();
    draw();
  });
  ChainRule.button(controls, "Start again", restart);

  function now() { return path[path.length - 1]; }
  function loss(w) { return 0.5 * c * w * w; }
  function arrived() { return Math.abs(now()) < data.near; }
  function lost() { return Math.abs(now()) > LOST; }
  function going() { return !arrived() && !lost() && path.length <= MOST_STEPS; }
  function step() { if (going()) path.push(now() - rate.value() * c * now()); }

  function restart() {
    path = [data.start];
    draw();
  }

  function kind() {
    var factor = 1 - rate.value() * c;
    if (path.length < 2) return "Take a step, or run to the end.";
    if (arrived()) return (factor < 0 ? "It overshot the minimum, and still arrived: " : "Arrived: ") + "|w| is below " + format(data.near) + ".";
    if (lost()) return "Every step ends farther away: it diverges.";
    if (!going()) return "Given up after " + MOST_STEPS + " steps: |w| is not below " + format(data.near) + ".";
    if (factor > 0) return "It walks down one side.";
    return Math.abs(now()) > Math.abs(path[path.length - 2]) ? "It jumps across, farther away than before." : "It overshoots: each step lands on the other side.";
  }

  function draw() {
    // A diverging path leaves any frame, so the frame grows with it.
    var reach = path.reduce(function (most, w) { return Math.max(most, 1.1 * Math.abs(w)); }, 1.1 * Math.abs(data.start));
    chart.limits([-reach, reach], [0, 1.05 * loss(reach / 1.1)]);
    chart.clear();
    var curve = [];
    for (var k = -60; k <= 60; k++) curve.push([reach * k / 60, loss(reach * k / 60)]);
    chart.line(curve, "muted");
    chart.line(path.map(function (w) { return [w, loss(w)]; }), "value");
    path.forEach(function (w, k) { chart.dot([w, loss(w)], "value", k === path.length - 1 ? 6 : 3); });
    var steps = path.length - 1;
    readout.say(steps + (steps === 1 ? " step" : " steps") + " at η = " + format(rate.value(), 3) + ": w = ",
      ChainRule.mark(format(now()), "value"), ", loss ", ChainRule.mark(format(loss(now())), "value"),
      ", derivative ", ChainRule.mark(format(c * now()), "derivative"), ". ", kind());
    chart.describe("Parabola of the loss with the path so far: " + steps + " steps, w is " + format(now()) + ".");
    stepButton.disabled = runButton.disabled = !going();
    root.dataset.steps = String(steps);
    root.dataset.weight = String(now());
    root.dataset.state = arrived() ? "arrived" : lost() ? "diverged" : going() ? "going" : "given up";
  }

  // The tasks: a question, a field, and a sentence on the answer.
  var solved = {};
  var list = el("ol", { class: "cr-tasks" });
  root.append(list);

  function task(name, question, makeField, judge) {
    var item = el("li", { style: "margin-top: 0.9rem" }), answer = el("span", { "aria-live": "polite" });
    item.append(question);
    var row = el("div", { class: "cr-controls", role: "group", "aria-label": question });
    item.append(row);
    makeField(row, function (given) {
      var verdict = judge(given);
      solved[name] = verdict[0];
      answer.textContent = (verdict[0] ? "✓ Right. " : verdict[1] ? "Not yet. " : "") + verdict[1];
      root.dataset.solved = Object.keys(solved).filter(function (key) { return solved[key]; }).sort().join(",");
    });
    row.append(answer);
    list.append(item);
  }

  function number(label, least, most, by) {
    return function (row, onInput) {
      ChainRule.numberField(row, { label: label, value: "", min: least, max: most, step: by, onInput: onInput });
    };
  }

  function counted(right) {
    return function (given) {
      if (given === right) return [true, "The first weight below " + format(data.near) + " is w" + subscript(right) + "."];
      if (given === right - 1) return [false, "One more: that weight is still above " + format(data.near) + "."];
      if (given === right + 1) return [false, "One too many: count steps, not points."];
      return [false, "Set the rate, press “Run to the end” and read the number of steps."];
    };
  }

  function subscript(n) {
    return String(n).replace(/[0-9]/g, function (digit) { return "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]; });
  }

  task("1", "How many steps does a rate of 0.03 need?", number("steps", 1, 1000, 1), counted(data.steps["0.03"]));
  task("2", "How many at 0.01?", number("steps", 1, 1000, 1), counted(data.steps["0.01"]));
  task("3", "What happens at a rate of 1?", function (row, onInput) {
    ChainRule.choice(row, {
      label: "the path", value: "", onInput: onInput,
      options: [["", "choose"], ["arrives", "overshoots and arrives"], ["swings", "swings between two points"], ["diverges", "diverges"]]
    });
  }, function (given) {
    if (given === "") return [false, ""];
    if (given === "diverges") return [true, "The factor 1 − ηc is " + format(1 - c) + ": |w| grows ninefold a step."];
    if (given === "swings") return [false, "That is η = 2/c = " + format(data.limit) + ". Take three steps at 1 and look at |w|."];
    return [false, "Overshooting arrives only below 2/c = " + format(data.limit) + ". Take three steps at 1 and look at |w|."];
  });
  task("4", "Which rate needs the fewest steps?", number("rate η", 0.001, 2, 0.001), function (given) {
    if (Math.abs(given - data.best) < 1e-9) return [true, "One step: η = 1/c makes the factor 1 − ηc zero."];
    if (given > 0 && given < data.best) return [false, "The path still walks down one side. A larger rate is faster."];
    if (given < data.limit) return [false, "It overshoots: it has gone past the best rate."];
    return [false, "From 2/c = " + format(data.limit) + " on it never arrives."];
  });

  root.dataset.solved = "";
  restart();
});
