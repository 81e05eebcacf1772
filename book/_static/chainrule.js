/* Small widgets for the book's pages. A classic script: no framework, no module, no request, works from file://.

   How to write one
   ----------------
   In the chapter, after a still figure or a text that says the same:

       ```{raw} html
       <div class="widget" data-widget="learning-rate" style="min-height: 32rem"></div>
       ```

   min-height is the height it will have at a measure of 41rem, so that the page does not jump; look at it and adjust.
   Numbers come from the package, from a code cell of the chapter:

       show.widget_data("learning-rate", {"start": 5.0, "curvature": 10.0})

   The script is book/_static/widgets/learning-rate.js; only pages with the widget load it:

       ChainRule.widget("learning-rate", function (root, data) {
         var chart = ChainRule.chart(root, {
           label: "Loss against the weight", x: [-6, 6], y: [0, 130], xLabel: "weight w", yLabel: "loss"
         });
         var controls = ChainRule.controls(root);
         var readout = ChainRule.readout(root);
         var rate = ChainRule.slider(controls, {
           label: "learning rate η", min: 0.001, max: 1, step: 0.001, value: 0.01, onInput: draw
         });
         ChainRule.button(controls, "Start again", function () { rate.set(0.01); draw(); });
         function draw() {
           chart.clear();
           chart.line(points, "value");                  // kinds: value derivative class-a class-b ink muted
           chart.dot([w, loss], "value");
           readout.say("81 steps at a rate of 0.01");     // also read out by screen readers
         }
         draw();
       });

   Everything a mouse can do, the keyboard can do; every number drawn is also text. Colours are CSS variables only
   (the kinds above choose them). A widget may put its state on `root.dataset` (strings), for tests to read. */
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";
  var serial = 0;

  function fill(node, attributes, children) {
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (name.slice(0, 2) === "on") node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    });
    children.forEach(function (child) {
      if (child !== null && child !== undefined) node.append(child);
    });
    return node;
  }

  /* el("button", {type: "button", onclick: f}, "Step") */
  function el(tag, attributes) {
    return fill(document.createElement(tag), attributes, Array.prototype.slice.call(arguments, 2));
  }

  /* svg("circle", {cx: 1, cy: 2, r: 3, class: "cr-dot cr-value"}) */
  function svg(tag, attributes) {
    return fill(document.createElementNS(SVG, tag), attributes, Array.prototype.slice.call(arguments, 2));
  }

  /* A number as the book prints it: a real minus sign, at most `digits` significant digits. */
  function format(value, digits) {
    if (!isFinite(value)) return isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
    var text = String(Number(value.toPrecision(digits || 4)));
    var power = text.split("e");
    if (power.length === 2) {
      var superscript = power[1].replace("+", "").replace(/[-0-9]/g, function (c) {
        return c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)];
      });
      text = power[0] + " · 10" + superscript;
    }
    return text.replace("-", "−");
  }

  /* Run `setup(root, data)` for every <div class="widget" data-widget="NAME"> of the page.
     `data` is what show.widget_data(NAME, ...) wrote, or null where the chapter wrote nothing. */
  function widget(name, setup) {
    function start() {
      document.querySelectorAll('.widget[data-widget="' + name + '"]').forEach(function (root) {
        var script = document.querySelector('script[type="application/json"][data-for="' + name + '"]');
        root.textContent = "";
        setup(root, script ? JSON.parse(script.textContent) : null);
        root.dataset.ready = "true";
      });
    }
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }

  function ticks(low, high, wanted) {
    var raw = (high - low) / wanted;
    var power = Math.pow(10, Math.floor(Math.log10(raw)));
    var step = [1, 2, 5, 10].map(function (m) { return m * power; }).find(function (s) { return s >= raw * 0.999; });
    var result = [];
    for (var k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
      result.push(Number((k * step).toPrecision(12)));
    }
    return result;
  }

  /* A chart with axes. Options: label (what it shows, for screen readers), x: [low, high], y: [low, high], xLabel,
     yLabel, width and height in drawing units (620 x 300), equal (same unit on both axes), onPoint(x, y) for clicks.
     Returns px(x), py(y), line(points, kind), dot(point, kind), text(point, string, kind), add(svgNode), clear(),
     limits(x, y), describe(label). Classes a and b come as circles and triangles. */
  function chart(parent, options) {
    var width = options.width || 620, height = options.height || 300;
    var box = { left: 62, right: 12, top: 12, bottom: 46 };
    var root = svg("svg", { viewBox: "0 0 " + width + " " + height, class: "cr-chart", role: "img", "aria-label": options.label });
    var clip = "cr-clip-" + ++serial;
    var axes = svg("g", { class: "cr-axes" });
    var content = svg("g", { "clip-path": "url(#" + clip + ")" });
    root.append(svg("clipPath", { id: clip }, svg("rect", {
      x: box.left, y: box.top, width: width - box.left - box.right, height: height - box.top - box.bottom
    })), axes, content);
    var x, y;
    function px(v) { return box.left + (v - x[0]) / (x[1] - x[0]) * (width - box.left - box.right); }
    function py(v) { return height - box.bottom - (v - y[0]) / (y[1] - y[0]) * (height - box.top - box.bottom); }
    function limits(newX, newY) {
      x = newX.slice();
      y = newY.slice();
      if (options.equal) {
        var unit = (x[1] - x[0]) / (width - box.left - box.right) * (height - box.top - box.bottom);
        var middle = (y[0] + y[1]) / 2;
        y = [middle - unit / 2, middle + unit / 2];
      }
      axes.textContent = "";
      var right = width - box.right, bottom = height - box.bottom;
      ticks(x[0], x[1], 6).forEach(function (v) {
        axes.append(svg("line", { x1: px(v), x2: px(v), y1: box.top, y2: bottom, class: "cr-grid" }),
          svg("text", { x: px(v), y: bottom + 18, "text-anchor": "middle" }, format(v)));
      });
      ticks(y[0], y[1], 5).forEach(function (v) {
        axes.append(svg("line", { x1: box.left, x2: right, y1: py(v), y2: py(v), class: "cr-grid" }),
          svg("text", { x: box.left - 8, y: py(v) + 4.5, "text-anchor": "end" }, format(v)));
      });
      axes.append(
        svg("path", { d: "M" + box.left + " " + box.top + "V" + bottom + "H" + right, class: "cr-frame" }),
        svg("text", { x: (box.left + right) / 2, y: height - 6, "text-anchor": "middle", class: "cr-axis-label" }, options.xLabel || ""),
        svg("text", { transform: "translate(15 " + (box.top + bottom) / 2 + ") rotate(-90)", "text-anchor": "middle", class: "cr-axis-label" }, options.yLabel || ""));
    }
    limits(options.x, options.y);
    if (options.onPoint) {
      root.classList.add("cr-clickable");
      root.addEventListener("click", function (event) {
        var matrix = root.getScreenCTM().inverse();
        var at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
        options.onPoint(
          x[0] + (at.x - box.left) / (width - box.left - box.right) * (x[1] - x[0]),
          y[0] + (height - box.bottom - at.y) / (height - box.top - box.bottom) * (y[1] - y[0]));
      });
    }
    parent.append(root);
    var self = {
      root: root, px: px, py: py, limits: limits,
      describe: function (label) { root.setAttribute("aria-label", label); },
      clear: function () { content.textContent = ""; },
      add: function (node) { content.append(node); return node; },
      line: function (points, kind) {
        var d = points.map(function (p, k) {
          return (k ? "L" : "M") + px(p[0]).toFixed(2) + " " + py(p[1]).toFixed(2);
        }).join("");
        return self.add(svg("path", { d: d, class: "cr-line cr-" + (kind || "ink") }));
      },
      dot: function (p, kind, size) {
        var r = size || 5, cx = px(p[0]), cy = py(p[1]);
        if (kind === "class-b") {
          return self.add(svg("path", {
            d: "M" + cx + " " + (cy - 1.25 * r) + "L" + (cx + 1.1 * r) + " " + (cy + 0.8 * r) + "H" + (cx - 1.1 * r) + "Z",
            class: "cr-dot cr-class-b"
          }));
        }
        return self.add(svg("circle", { cx: cx, cy: cy, r: r, class: "cr-dot cr-" + (kind || "ink") }));
      },
      text: function (p, string, kind) {
        return self.add(svg("text", { x: px(p[0]), y: py(p[1]), class: "cr-label cr-" + (kind || "ink") }, string));
      }
    };
    return self;
  }

  /* The row of controls below the drawing. */
  function controls(parent, label) {
    var row = el("div", { class: "cr-controls", role: "group", "aria-label": label || "Controls" });
    parent.append(row);
    return row;
  }

  /* A slider with its label and a number field, always in agreement. Options: label, min, max, step, value, digits,
     logarithmic (equal steps of the slider are equal factors), kind (value, derivative), onInput(value).
     Returns {value(), set(v)}; set does not call onInput. */
  function slider(parent, options) {
    var id = "cr-control-" + ++serial;
    var log = options.logarithmic;
    function toBar(v) { return log ? Math.log10(v) : v; }
    var number = el("input", { type: "number", id: id, min: options.min, max: options.max, step: "any" });
    var bar = el("input", {
      type: "range", min: toBar(options.min), max: toBar(options.max),
      step: log ? 0.001 : options.step, "aria-label": options.label
    });
    var current = options.value;
    function show(v, skipNumber) {
      current = v;
      bar.value = toBar(v);
      bar.setAttribute("aria-valuetext", format(v));
      if (!skipNumber) number.value = String(Number(v.toPrecision(options.digits || 4)));
    }
    bar.addEventListener("input", function () {
      var v = Number(bar.value);
      show(log ? Number(Math.pow(10, v).toPrecision(3)) : v);
      if (options.onInput) options.onInput(current);
    });
    number.addEventListener("input", function () {
      var v = Number(number.value);
      if (number.value === "" || !isFinite(v) || v < options.min || v > options.max) return;
      show(v, true);
      if (options.onInput) options.onInput(current);
    });
    number.addEventListener("change", function () { show(current); });
    parent.append(el("div", { class: "cr-control" + (options.kind ? " cr-" + options.kind : "") },
      el("label", { for: id }, options.label), bar, number));
    show(current);
    return { value: function () { return current; }, set: function (v) { show(v); }, input: number, bar: bar };
  }

  /* A number field alone: label, value, min, max, step, kind, onInput(value). Returns {value(), set(v)}. */
  function numberField(parent, options) {
    var id = "cr-control-" + ++serial;
    var field = el("input", { type: "number", id: id, min: options.min, max: options.max, step: options.step || "any", value: options.value });
    var current = options.value;
    field.addEventListener("input", function () {
      var v = Number(field.value);
      if (field.value === "" || !isFinite(v)) return;
      current = v;
      if (options.onInput) options.onInput(v);
    });
    parent.append(el("div", { class: "cr-control cr-short" + (options.kind ? " cr-" + options.kind : "") },
      el("label", { for: id }, options.label), field));
    return { value: function () { return current; }, set: function (v) { current = v; field.value = String(v); }, input: field };
  }

  /* One of a few: label, options: [[value, text], ...], value, onInput(value). Returns {value(), set(v)}. */
  function choice(parent, options) {
    var id = "cr-control-" + ++serial;
    var select = el("select", { id: id, onchange: function () { if (options.onInput) options.onInput(select.value); } });
    options.options.forEach(function (o) { select.append(el("option", { value: o[0] }, o[1])); });
    select.value = options.value;
    parent.append(el("div", { class: "cr-control cr-short" }, el("label", { for: id }, options.label), select));
    return { value: function () { return select.value; }, set: function (v) { select.value = v; } };
  }

  function button(parent, text, onClick) {
    var result = el("button", { type: "button", class: "cr-button", onclick: onClick }, text);
    parent.append(result);
    return result;
  }

  /* The line that says in words and numbers what the drawing shows; screen readers hear it once it rests. */
  function readout(parent) {
    var line = el("p", { class: "cr-readout" });
    var spoken = el("span", { class: "cr-hidden", "aria-live": "polite" });
    var timer = null;
    parent.append(line, spoken);
    return {
      root: line,
      say: function () {
        var parts = Array.prototype.slice.call(arguments);
        line.textContent = "";
        line.append.apply(line, parts);
        clearTimeout(timer);
        timer = setTimeout(function () { spoken.textContent = line.textContent; }, 700);
      }
    };
  }

  /* A number in the colour of its kind, for a readout: mark("7", "value"), mark("2", "derivative"). */
  function mark(text, kind) { return el("span", { class: "cr-number cr-" + kind }, text); }

  /* What is wider than its frame scrolls there, and then the frame is a stop of the Tab key and has a name. */
  var FRAMES = {
    ".cr-figure-frame": "Figure", ".pst-scrollable-table-container": "Table", "div.math": "Formula", "div.highlight pre": "Code"
  };
  function frames() {
    var watch = new ResizeObserver(function (entries) {
      entries.forEach(function (entry) {
        var frame = entry.target;
        if (frame.scrollWidth > frame.clientWidth + 1) {
          frame.setAttribute("tabindex", "0");
          frame.setAttribute("role", "group");
          frame.setAttribute("aria-label", frame.dataset.frame + ", wider than the page, scrolls sideways");
        } else if (frame.hasAttribute("tabindex")) {
          ["tabindex", "role", "aria-label"].forEach(function (name) { frame.removeAttribute(name); });
        }
      });
    });
    Object.keys(FRAMES).forEach(function (selector) {
      document.querySelectorAll(".bd-article " + selector).forEach(function (frame) {
        frame.dataset.frame = FRAMES[selector];
        watch.observe(frame);
      });
    });
  }
  document.addEventListener("DOMContentLoaded", frames);

  window.ChainRule = {
    widget: widget, el: el, svg: svg, format: format, chart: chart, controls: controls, slider: slider,
    numberField: numberField, choice: choice, button: button, readout: readout, mark: mark
  };
})();
