/* A kernel stepping over an image (chapter 11): every product is shown, every pixel and weight can be changed.
   Data: {image: rows of numbers 0 to 2, kernels: {name: 3 rows of 3 weights}}. The output is computed here, by the
   loops of the chapter; tests hold it to chainrule.conv2d. */
ChainRule.widget("convolution", function (root, data) {
  "use strict";
  var el = ChainRule.el, format = ChainRule.format;
  var K = 3, size = data.image.length;
  var names = Object.keys(data.kernels);
  var image, kernel, done, place; // done: outputs computed so far, by place; place: the kernel's, counted in reading order
  var cells = { image: [], kernel: [], output: [] };

  function copy(rows) { return rows.map(function (row) { return row.slice(); }); }
  function border() { return Number(padding.value()); }
  function step() { return Number(stride.value()); }
  function places() { return Math.floor((size + 2 * border() - K) / step()) + 1; }
  function pixel(i, j) {
    var r = i - border(), c = j - border();
    return r < 0 || c < 0 || r >= size || c >= size ? 0 : image[r][c];
  }
  function corner(at) { return [Math.floor(at / places()) * step(), (at % places()) * step()]; }
  function answer(at) {
    var from = corner(at), sum = 0;
    for (var m = 0; m < K; m++) for (var n = 0; n < K; n++) sum += kernel[m][n] * pixel(from[0] + m, from[1] + n);
    return sum;
  }

  var row = el("div", { style: "display: flex; flex-wrap: wrap; gap: 0.8rem 1.6rem; align-items: flex-start" });
  root.append(row);
  function box(title) {
    var grid = el("div", { role: "group", "aria-label": title, style: "display: grid; width: max-content" });
    row.append(el("div", {}, el("div", { style: "margin-bottom: 0.3rem; color: var(--cr-muted)" }, title), grid));
    return grid;
  }
  var boxes = { image: box("image x"), kernel: box("kernel w"), output: box("output h") };

  /* A square grid of buttons with one tab stop; the arrow keys go from cell to cell. `fixed` cells are no buttons. */
  function fill(name, n, fixed, onPress, onMove) {
    var grid = boxes[name], list = [];
    grid.textContent = "";
    grid.style.gridTemplateColumns = "repeat(" + n + ", 2.15rem)";
    for (var k = 0; k < n * n; k++) {
      list.push(el(fixed(k) ? "span" : "button", {
        type: fixed(k) ? null : "button", tabindex: fixed(k) ? null : -1, "data-k": k,
        style: "box-sizing: border-box; height: 2.15rem; padding: 0; font: inherit; line-height: 2rem; text-align: center;" +
          "font-variant-numeric: tabular-nums; color: var(--cr-ink); border: 1px solid var(--cr-line); border-radius: 0;" +
          "outline-offset: -3px;" + (fixed(k) ? "border-style: dotted; color: var(--cr-muted)" : "cursor: pointer")
      }));
      grid.append(list[k]);
    }
    var first = list.find(function (cell) { return cell.tagName === "BUTTON"; });
    first.tabIndex = 0;
    function focus(cell) {
      list.forEach(function (each) { if (each.tagName === "BUTTON") each.tabIndex = each === cell ? 0 : -1; });
      cell.focus();
    }
    grid.onclick = function (event) {
      var cell = event.target.closest("button");
      if (cell) { focus(cell); onPress(Number(cell.dataset.k)); }
    };
    grid.onkeydown = function (event) {
      var moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
      var move = moves[event.key], cell = event.target.closest("button");
      if (!move || !cell) return;
      event.preventDefault();
      var k = Number(cell.dataset.k), i = Math.floor(k / n) + move[0], j = k % n + move[1];
      var next = i < 0 || j < 0 || i >= n || j >= n ? null : list[i * n + j];
      if (!next || next.tagName !== "BUTTON") return;
      focus(next);
      if (onMove) onMove(Number(next.dataset.k));
    };
    cells[name] = list;
  }

  function build() {
    var n = size + 2 * border(), b = border();
    fill("image", n, function (k) {
      var i = Math.floor(k / n), j = k % n;
      return i < b || j < b || i >= n - b || j >= n - b;
    }, function (k) {
      var i = Math.floor(k / n) - b, j = k % n - b;
      image[i][j] = (image[i][j] + 1) % 3;
      changed();
    });
    fill("kernel", K, function () { return false; }, function (k) {
      var m = Math.floor(k / K), w = kernel[m][k % K];
      kernel[m][k % K] = w >= 2 ? -2 : w + 1;
      changed();
    });
    fill("output", places(), function () { return false; }, go, go);
    place = 0;
    done = [answer(0)];
    draw();
  }

  /* Numbers shown once stay shown, with the new pixels and weights. */
  function changed() {
    done = done.map(function (_, at) { return answer(at); });
    draw();
  }
  function go(at) {
    place = at;
    done[at] = answer(at);
    draw();
  }

  /* `edges`: the sides on which an outline runs, as offsets of an inner shadow. */
  var SIDES = { top: "0 2px", bottom: "0 -2px", left: "2px 0", right: "-2px 0" };
  function paint(cell, text, share, kind, edges, label) {
    cell.textContent = text;
    cell.style.background = "color-mix(in srgb, var(--cr-" + kind + ") " + Math.round(60 * share) + "%, var(--cr-paper))";
    cell.style.boxShadow = edges.map(function (at) { return "inset " + at + " 0 var(--cr-ink)"; }).join(", ") || "none";
    if (cell.tagName === "BUTTON") cell.setAttribute("aria-label", label + ": " + (text || "not computed"));
  }
  function where(k, n) { return "row " + Math.floor(k / n) + ", column " + k % n; }

  function draw() {
    var n = size + 2 * border(), p = places(), from = corner(place), lines = [];
    var all = Object.keys(SIDES).map(function (side) { return SIDES[side]; });
    cells.image.forEach(function (cell, k) {
      var i = Math.floor(k / n), j = k % n;
      var m = i - from[0], c = j - from[1], edges = [];
      if (m >= 0 && m < K && c >= 0 && c < K) {
        if (m === 0) edges.push(SIDES.top);
        if (m === K - 1) edges.push(SIDES.bottom);
        if (c === 0) edges.push(SIDES.left);
        if (c === K - 1) edges.push(SIDES.right);
      }
      paint(cell, format(pixel(i, j)), pixel(i, j) / 4, "value", edges, "pixel " + where(k, n));
    });
    cells.kernel.forEach(function (cell, k) {
      var w = kernel[Math.floor(k / K)][k % K];
      cell.style.fontWeight = 700;
      paint(cell, format(w), Math.abs(w) / 4, w < 0 ? "class-b" : "value", [], "weight " + where(k, K));
    });
    var largest = Math.max.apply(null, cells.output.map(function (_, k) { return Math.abs(answer(k)); }).concat(1));
    cells.output.forEach(function (cell, k) {
      var h = done[k], known = h !== undefined;
      paint(cell, known ? format(h) : "", known ? Math.abs(h) / largest : 0, known && h < 0 ? "class-b" : "value",
        k === place ? all : [], "output " + where(k, p));
    });
    for (var m = 0; m < K; m++) {
      var terms = [];
      for (var j = 0; j < K; j++) {
        var w = kernel[m][j];
        terms.push((w < 0 ? "(" + format(w) + ")" : format(w)) + "·" + format(pixel(from[0] + m, from[1] + j)));
      }
      lines.push(terms.join(" + "));
    }
    readout.say("Output in " + where(place, p) + ":  " + lines.join("  +  ") + "  =  ",
      ChainRule.mark(format(done[place]), "value"), ".  The output has " + p + " × " + p + " numbers.");
    back.disabled = place === 0;
    next.disabled = place === p * p - 1;
    root.dataset.place = String(place);
    root.dataset.output = JSON.stringify(cells.output.map(function (_, k) { return done[k] === undefined ? null : done[k]; }));
  }

  function choose(name) {
    kernel = copy(data.kernels[name]);
    changed();
  }

  var controls = ChainRule.controls(root, "Kernel, stride and padding");
  var chosen = ChainRule.choice(controls, {
    label: "kernel", options: names.map(function (name) { return [name, name]; }), value: names[0], onInput: choose
  });
  var stride = ChainRule.choice(controls, { label: "stride", options: [["1", "1"], ["2", "2"]], value: "1", onInput: build });
  var padding = ChainRule.choice(controls, { label: "padding", options: [["0", "0"], ["1", "1"]], value: "0", onInput: build });
  var buttons = ChainRule.controls(root, "Steps");
  var back = ChainRule.button(buttons, "Back", function () { if (place > 0) go(place - 1); });
  var next = ChainRule.button(buttons, "Step", function () { if (place < places() * places() - 1) go(place + 1); });
  ChainRule.button(buttons, "All places", function () {
    for (var k = 0; k < places() * places(); k++) done[k] = answer(k);
    draw();
  });
  ChainRule.button(buttons, "Start again", start);
  var readout = ChainRule.readout(root);

  function start() {
    image = copy(data.image);
    kernel = copy(data.kernels[names[0]]);
    chosen.set(names[0]);
    stride.set("1");
    padding.set("0");
    build();
  }
  start();
});
