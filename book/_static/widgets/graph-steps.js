/* Chapter 6: the graph of L = (w x + b - y)^2, one step at a time: values forward, then gradients back.
   Data: start (w, x, b, y), and the loss and gradients there as the package's Value finds them. */
ChainRule.widget("graph-steps", function (root, data) {
  "use strict";
  var el = ChainRule.el, svg = ChainRule.svg, format = ChainRule.format;
  var numbers = Object.assign({}, data.start);

  // Where each node stands, and the box (if any) that computes it.
  var nodes = {
    w: { x: 40, y: 50, kind: "parameter" }, x: { x: 40, y: 150, kind: "value" },
    p: { x: 150, y: 100, box: "×", inputs: ["w", "x"] },
    b: { x: 150, y: 200, kind: "parameter" },
    s: { x: 265, y: 130, box: "+", inputs: ["p", "b"] },
    y: { x: 265, y: 230, kind: "value" },
    r: { x: 380, y: 160, box: "−", inputs: ["s", "y"] },
    L: { x: 505, y: 160, box: "square", inputs: ["r"] }
  };
  var leaves = ["w", "x", "b", "y"];
  var steps = [
    { shows: leaves, say: "The leaves hold their numbers." },
    { shows: ["p"], say: "times: p = w x" },
    { shows: ["s"], say: "plus: s = p + b" },
    { shows: ["r"], say: "minus: r = s − y" },
    { shows: ["L"], say: "square: L = r². The forward pass is done." },
    { back: ["L"], say: "Backward: the root has gradient 1." },
    { back: ["r"], say: "square: 1 · 2r" },
    { back: ["s", "y"], say: "minus hands on the gradient to s, and its negative to y" },
    { back: ["p", "b"], say: "plus hands it on unchanged to p and b" },
    { back: ["w", "x"], say: "times: to w what arrived · x, to x what arrived · w. Every leaf has its gradient." }
  ];
  var done = 0;

  var drawing = svg("svg", { viewBox: "0 0 660 270", class: "cr-chart cr-graph", role: "img" });
  root.append(drawing);
  var readout = ChainRule.readout(root);
  var moves = ChainRule.controls(root, "Steps");
  var back = ChainRule.button(moves, "Back", function () { done -= 1; draw(); });
  var next = ChainRule.button(moves, "Next step", function () { done += 1; draw(); });
  ChainRule.button(moves, "Both passes", function () { done = steps.length - 1; draw(); });
  ChainRule.button(moves, "Start again", function () { done = 0; draw(); });
  var fields = ChainRule.controls(root, "Numbers");
  leaves.forEach(function (name) {
    ChainRule.numberField(fields, {
      label: name, value: numbers[name], step: "any",
      onInput: function (v) { numbers[name] = v; draw(); }
    });
  });

  function compute() {
    var v = Object.assign({}, numbers), g = { L: 1 };
    v.p = v.w * v.x;
    v.s = v.p + v.b;
    v.r = v.s - v.y;
    v.L = v.r * v.r;
    g.r = 2 * v.r;
    g.s = g.r;
    g.y = -g.r;
    g.p = g.b = g.s;
    g.w = g.p * v.x;
    g.x = g.p * v.w;
    return { values: v, gradients: g };
  }

  function edge(from, to, value, gradient) {
    var dx = to.x - from.x, dy = to.y - from.y, length = Math.hypot(dx, dy);
    var ux = dx / length, uy = dy / length;
    var start = [from.x + 22 * ux, from.y + 22 * uy], end = [to.x - 24 * ux, to.y - 24 * uy];
    var middle = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
    drawing.append(svg("line", { x1: start[0], y1: start[1], x2: end[0], y2: end[1], class: "cr-edge" }));
    if (value !== null) {
      drawing.append(svg("text", { x: middle[0] + 14 * uy, y: middle[1] - 8 * ux, "text-anchor": "middle", class: "cr-label cr-value" }, value));
    }
    if (gradient !== null) {
      drawing.append(svg("text", { x: middle[0] - 16 * uy, y: middle[1] + 18 * ux, "text-anchor": "middle", class: "cr-label cr-derivative" }, "∇ " + gradient));
    }
  }

  function draw() {
    done = Math.max(0, Math.min(steps.length - 1, done));
    var at = compute(), shown = {}, returned = {};
    steps.slice(0, done + 1).forEach(function (step) {
      (step.shows || []).forEach(function (name) { shown[name] = true; });
      (step.back || []).forEach(function (name) { returned[name] = true; });
    });
    function value(name) { return shown[name] ? format(at.values[name]) : null; }
    function gradient(name) { return returned[name] ? format(at.gradients[name]) : null; }

    drawing.textContent = "";
    Object.keys(nodes).forEach(function (name) {
      (nodes[name].inputs || []).forEach(function (input) { edge(nodes[input], nodes[name], value(input), gradient(input)); });
    });
    edge({ x: nodes.L.x + 12, y: 160 }, { x: 670, y: 160 }, value("L"), gradient("L"));
    Object.keys(nodes).forEach(function (name) {
      var node = nodes[name], current = (steps[done].shows || steps[done].back).indexOf(name) >= 0;
      var look = "cr-node" + (current ? " cr-current" : "");
      if (node.box) {
        var half = node.box === "square" ? 34 : 20;
        drawing.append(svg("rect", { x: node.x - half, y: node.y - 18, width: 2 * half, height: 36, rx: 8, class: look }));
      } else if (node.kind === "parameter") {
        drawing.append(svg("rect", { x: node.x - 18, y: node.y - 18, width: 36, height: 36, class: look + " cr-parameter" }));
      } else {
        drawing.append(svg("circle", { cx: node.x, cy: node.y, r: 19, class: look + " cr-input" }));
      }
      drawing.append(svg("text", { x: node.x, y: node.y + 5, "text-anchor": "middle", class: "cr-label cr-ink" }, node.box || name));
    });

    var told = (steps[done].shows || steps[done].back).map(function (name) {
      return steps[done].shows ? name + " = " + value(name) : "∂L/∂" + name + " = " + gradient(name);
    });
    readout.say(steps[done].say + " ", ChainRule.mark(told.join(", "), steps[done].shows ? "value" : "derivative"));
    drawing.setAttribute("aria-label", "Computation graph of L = (w x + b − y) squared, step " + (done + 1) + " of " + steps.length);
    back.disabled = done === 0;
    next.disabled = done === steps.length - 1;
    root.dataset.step = String(done);
    root.dataset.loss = String(at.values.L);
    root.dataset.gradients = leaves.map(function (name) { return at.gradients[name]; }).join(",");
  }

  draw();
});
