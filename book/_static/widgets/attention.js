/* Chapter 13: what each word of a sentence attends to. Point at a word, focus it, or walk with the arrow keys; choose a
   sentence and a head. Data: heads, a name each; start, the head shown first; sentences, each with words,
   weights[head][query][key] (rows sum to 1) and next, for each word the three likeliest to follow with probabilities. */
ChainRule.widget("attention", function (root, data) {
  "use strict";
  var el = ChainRule.el, svg = ChainRule.svg, CELL = 22, LEFT = 76, TOP = 78;
  var sentence = 0, head = data.start, query = 0, buttons = [], shares = [], rows = [];

  var line = el("div", {
    role: "group", "aria-label": "The sentence; arrow keys walk along it",
    style: "display:flex;flex-wrap:wrap;gap:.3rem .25rem;min-height:6.4rem;align-content:flex-start"
  });
  var map = svg("svg", { class: "cr-chart", style: "max-width:26rem;display:block;margin:.2rem auto 0" });
  root.append(line, map);
  var readout = ChainRule.readout(root);
  readout.root.style.minHeight = "4.6em";
  var controls = ChainRule.controls(root, "Sentence and head");
  ChainRule.choice(controls, {
    label: "sentence", value: "0",
    options: data.sentences.map(function (s, k) { return [String(k), s.words.slice(0, 4).join(" ") + " …"]; }),
    onInput: function (v) { sentence = Number(v); build(); }
  });
  ChainRule.choice(controls, {
    label: "head", value: String(head),
    options: data.heads.map(function (name, k) { return [String(k), name]; }).concat([["mean", "mean of all heads"]]),
    onInput: function (v) { head = v === "mean" ? -1 : Number(v); fillMap(); draw(); }
  });

  function row(q) {
    var all = data.sentences[sentence].weights;
    if (head >= 0) return all[head][q];
    return all[0][q].map(function (_, k) {
      return all.reduce(function (sum, weights) { return sum + weights[q][k]; }, 0) / all.length;
    });
  }

  // The word before the verb: where there is most to see.
  function verbAt(words) {
    return Math.max(0, words.findIndex(function (w) { return w === "is" || w === "are"; }) - 1);
  }

  function choose(q, focus) {
    query = Math.max(0, Math.min(buttons.length - 1, q));
    draw();
    if (focus) buttons[query].focus();
  }

  function keyed(event) {
    var moves = { ArrowLeft: query - 1, ArrowRight: query + 1, Home: 0, End: buttons.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    choose(moves[event.key], true);
  }
  line.addEventListener("keydown", keyed);

  function build() {
    var words = data.sentences[sentence].words;
    line.textContent = "";
    shares = [];
    buttons = words.map(function (word, k) {
      var share = el("span", { style: "display:block;font-size:.72em;line-height:1;min-height:1em;font-variant-numeric:tabular-nums", "aria-hidden": "true" });
      var button = el("button", {
        type: "button", class: "cr-button", style: "padding:.15rem .4rem;text-align:center",
        onmouseenter: function () { choose(k); }, onfocus: function () { choose(k); }, onclick: function () { choose(k, true); }
      }, word, share);
      shares.push(share);
      line.append(button);
      return button;
    });
    query = verbAt(words);
    fillMap();
    draw();
  }

  function fillMap() {
    var words = data.sentences[sentence].words, side = words.length * CELL;
    map.textContent = "";
    map.setAttribute("viewBox", "0 0 " + (LEFT + side + 8) + " " + (TOP + side + 4));
    rows = words.map(function (word, q) {
      var y = TOP + q * CELL;
      var group = svg("g", { style: "cursor:pointer", onmouseenter: function () { choose(q); }, onclick: function () { choose(q); } });
      group.append(svg("rect", { x: 0, y: y, width: LEFT + side, height: CELL, fill: "transparent" }));
      group.append(svg("text", { x: LEFT - 6, y: y + 16, "text-anchor": "end", class: "cr-label cr-ink" }, word));
      map.append(svg("text", {
        transform: "translate(" + (LEFT + q * CELL + 15) + " " + (TOP - 6) + ") rotate(-90)", class: "cr-label cr-ink"
      }, word));
      row(q).slice(0, q + 1).forEach(function (weight, k) {
        group.append(svg("rect", {
          x: LEFT + k * CELL + 1, y: y + 1, width: CELL - 2, height: CELL - 2, class: "cr-value", fill: "currentColor",
          "fill-opacity": Math.max(0.04, weight).toFixed(3)
        }));
      });
      var frame = svg("rect", { x: LEFT - 1, y: y - 1, width: (q + 1) * CELL + 2, height: CELL + 2, fill: "none", class: "cr-ink", "stroke-width": 2 });
      group.append(frame);
      map.append(group);
      return frame;
    });
  }

  function draw() {
    var now = data.sentences[sentence], weights = row(query), words = now.words;
    buttons.forEach(function (button, k) {
      var percent = Math.round(55 * weights[k]);
      button.style.background = k > query ? "none" : "color-mix(in srgb, var(--cr-value) " + percent + "%, var(--cr-paper))";
      button.style.borderStyle = k > query ? "dashed" : "solid";
      button.style.borderColor = k === query ? "var(--cr-ink)" : "var(--cr-line)";
      button.style.boxShadow = k === query ? "0 0 0 1px var(--cr-ink)" : "none";
      button.style.color = k > query ? "var(--cr-muted)" : "var(--cr-ink)";
      button.tabIndex = k === query ? 0 : -1;
      button.setAttribute("aria-pressed", String(k === query));
      button.setAttribute("aria-label", words[k] + (k > query ? ", still hidden" : ", weight " + weights[k].toFixed(2)));
      shares[k].textContent = k <= query ? weights[k].toFixed(2) : "";
      rows[k].setAttribute("stroke", k === query ? "currentColor" : "none");
    });
    var most = weights.map(function (weight, k) { return [weight, k]; })
      .sort(function (a, b) { return b[0] - a[0] || a[1] - b[1]; }).slice(0, 3)
      .filter(function (pair) { return pair[0] >= 0.05; })
      .map(function (pair) { return words[pair[1]] + " " + pair[0].toFixed(2); }).join(", ");
    var next = now.next[query].filter(function (pair) { return pair[1] >= 0.01; }).map(function (pair) { return pair[0] + " " + pair[1].toFixed(2); }).join(", ");
    var who = head < 0 ? "the heads together look" : data.heads[head] + " looks";
    readout.say("At “" + words[query] + "” " + who + " at ", ChainRule.mark(most, "value"), ". Expected next: " + next + ".");
    map.setAttribute("role", "img");
    map.setAttribute("aria-label", "Attention map of " + (head < 0 ? "all heads" : data.heads[head]) + ", row “" + words[query] + "”: " + most);
    root.dataset.sentence = String(sentence);
    root.dataset.head = String(head);
    root.dataset.query = String(query);
    root.dataset.weights = weights.join(",");
  }

  build();
});
