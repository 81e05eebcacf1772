/* Progress of one reader, kept in this browser alone: answers given, chapters read, problem sets done.

   ChainRule.progress.get() returns {answers: {page: {question: option}}, verdicts: {page: {question: "right"}},
   read: {page: true}, sets: {name: true}}; set(change) changes and saves it. Where a browser keeps nothing (private
   windows, some settings for file://), everything works as long as the page is open, and the contents page says so. */
(function () {
  "use strict";
  var KEY = "chain-rule-progress";
  var kept = true;
  var state = load();

  function empty() {
    return { version: 1, answers: {}, verdicts: {}, read: {}, sets: {} };
  }

  function isTable(value) {
    return value !== null && typeof value === "object" && !Array.isArray(value);
  }

  /* What a file or the store holds, or null where it is not a reader's progress. */
  function parsed(text) {
    try {
      var found = JSON.parse(text);
    } catch (error) {
      return null;
    }
    if (!isTable(found) || found.version !== 1) return null;
    var result = empty();
    ["answers", "verdicts", "read", "sets"].forEach(function (name) {
      if (isTable(found[name])) result[name] = found[name];
    });
    return result;
  }

  function load() {
    try {
      return parsed(window.localStorage.getItem(KEY) || "") || empty();
    } catch (error) {
      kept = false;
      return empty();
    }
  }

  function save() {
    try {
      window.localStorage.setItem(KEY, JSON.stringify(state));
    } catch (error) {
      kept = false;
    }
    document.dispatchEvent(new Event("chain-rule-progress"));
  }

  var ChainRule = (window.ChainRule = window.ChainRule || {});
  ChainRule.progress = {
    // Sphinx declares it with const, so it is no property of window.
    page: (typeof DOCUMENTATION_OPTIONS === "object" && DOCUMENTATION_OPTIONS.pagename) || "",
    get: function () { return state; },
    set: function (change) { change(state); save(); },
    kept: function () { return kept; },
    text: function () { return JSON.stringify(state, null, 1); },
    /* Returns whether the text was progress and has been taken over. */
    take: function (text) {
      var found = parsed(text);
      if (found) { state = found; save(); }
      return Boolean(found);
    },
    erase: function () {
      state = empty();
      try { window.localStorage.removeItem(KEY); } catch (error) { kept = false; }
      document.dispatchEvent(new Event("chain-rule-progress"));
    }
  };
  // Another tab of the same book.
  window.addEventListener("storage", function (event) {
    if (event.key !== KEY && event.key !== null) return;
    state = load();
    document.dispatchEvent(new Event("chain-rule-progress"));
  });

  /* A box that is ticked for as long as `has(state)`; `change(state, on)` records what the reader ticks. */
  function tick(label, has, change) {
    var input = document.createElement("input");
    input.type = "checkbox";
    function show() { input.checked = has(state); }
    input.addEventListener("change", function () {
      ChainRule.progress.set(function (s) { change(s, input.checked); });
    });
    document.addEventListener("chain-rule-progress", show);
    show();
    var holder = document.createElement("label");
    holder.className = "cr-tick";
    holder.append(input, " " + label);
    return holder;
  }

  function member(table, name) {
    return {
      has: function (s) { return Boolean(s[table][name]); },
      change: function (s, on) { if (on) s[table][name] = true; else delete s[table][name]; }
    };
  }

  function endOfChapter() {
    var opening = document.querySelector("div.admonition.opening");
    var article = document.querySelector("article.bd-article");
    if (!opening || !article || ChainRule.progress.page.slice(0, 4) !== "part") return;
    var read = member("read", ChainRule.progress.page);
    var line = document.createElement("p");
    line.className = "cr-read";
    line.append(tick("I have read this chapter", read.has, read.change));
    article.append(line);
  }

  function button(text, action) {
    var b = document.createElement("button");
    b.type = "button";
    b.className = "cr-button";
    b.append(text);
    b.addEventListener("click", action);
    return b;
  }

  /* The table of the contents page: fills the cells that the page leaves empty. */
  function contents() {
    var table = document.querySelector("table.cr-contents");
    if (!table) return;
    table.querySelectorAll("td[data-read], td[data-set]").forEach(function (cell) {
      var kind = cell.dataset.read ? "read" : "sets";
      var name = cell.dataset.read || cell.dataset.set;
      var box = member(kind, name);
      var title = cell.closest("tr").querySelector("td, th").textContent.trim();
      var holder = tick(kind === "read" ? "read" : "done", box.has, box.change);
      holder.firstChild.setAttribute("aria-label", (kind === "read" ? "Read: " : "Problem set done: ") + title);
      cell.append(" ", holder);
    });
    var say = document.createElement("p");
    say.className = "cr-progress-note";
    say.setAttribute("role", "status");
    function show() {
      table.querySelectorAll("td[data-questions]").forEach(function (cell) {
        var verdicts = state.verdicts[cell.dataset.page] || {};
        var right = Object.keys(verdicts).filter(function (q) { return verdicts[q] === "right"; }).length;
        cell.textContent = right + " of " + cell.dataset.questions;
        cell.classList.toggle("cr-all-right", right > 0 && right >= Number(cell.dataset.questions));
      });
    }
    document.addEventListener("chain-rule-progress", show);
    show();

    var chosen = document.createElement("input");
    chosen.type = "file";
    chosen.accept = "application/json,.json";
    chosen.hidden = true;
    chosen.addEventListener("change", function () {
      if (!chosen.files.length) return;
      chosen.files[0].text().then(function (text) {
        say.textContent = ChainRule.progress.take(text)
          ? "Progress read from the file."
          : "That file holds no progress of this book; nothing was changed.";
        chosen.value = "";
      });
    });
    var row = document.createElement("div");
    row.className = "cr-controls";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Your progress");
    row.append(
      button("Export", function () {
        var link = document.createElement("a");
        link.href = "data:application/json;charset=utf-8," + encodeURIComponent(ChainRule.progress.text());
        link.download = "chain-rule-progress.json";
        link.click();
        say.textContent = "Saved as chain-rule-progress.json.";
      }),
      button("Import", function () { chosen.click(); }),
      button("Erase", function () {
        if (!window.confirm("Erase all progress kept in this browser?")) return;
        ChainRule.progress.erase();
        say.textContent = "Erased.";
      }),
      chosen);
    // The table may scroll inside a frame of its own; the buttons stay outside it.
    var frame = table.closest(".pst-scrollable-table-container") || table;
    frame.after(row, say);
    if (!kept) say.textContent = "This browser keeps nothing for this page; export before you close it.";
  }

  function start() {
    endOfChapter();
    contents();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
