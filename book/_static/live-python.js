/* Live Python: Run, Edit, Reset and Stop for the code cells that the build has named (class cr-live, id cell-NAME).

   Nothing is loaded until a reader presses Run; then live-worker.js starts the interpreter. What stands in a cell above
   counts once it has been run there; a cell that was not changed counts as the page has it. Stop ends the interpreter
   and what it knows; the next Run starts another. */
(function () {
  "use strict";
  var el = window.ChainRule.el;
  var statics = document.currentScript.src.replace(/[^/]*$/, "");
  // Sphinx declares it with const, so it is no property of window.
  var page = DOCUMENTATION_OPTIONS.pagename;
  var worker = null, ready = false, running = null, began = 0;

  function begin() {
    ready = false;
    worker = new Worker(statics + "live-worker.js", { type: "module" });
    worker.addEventListener("message", function (event) { answer(event.data); });
    worker.addEventListener("error", function (event) {
      answer({ broken: event.message || "its files could not be read" });
    });
    worker.postMessage({ page: statics + "live/" + page + ".json" });
  }

  function end() {
    if (worker) worker.terminate();
    worker = null;
    if (running) running.finish();
    running = null;
  }

  function answer(message) {
    var cell = running;
    if (message.ready) {
      ready = true;
      began = performance.now();
      if (cell) cell.say("Running …");
    } else if (message.print && cell) cell.print(message.print);
    else if (message.done && cell) {
      running = null;
      cell.finish();
      cell.outcome(message.done, (performance.now() - began) / 1000);
    } else if (message.broken) {
      end();
      if (cell) cell.say("The interpreter stopped: " + message.broken + ". Run starts it again.");
    }
  }

  /* The keys of the editor: Ctrl+Enter runs, Enter keeps the indentation. Tab goes on to the buttons, as everywhere. */
  function keys(event, run) {
    var area = event.target;
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      run();
    } else if (!event.shiftKey && !event.altKey) {
      var line = area.value.slice(0, area.selectionStart).split("\n").pop();
      var indent = line.match(/^ */)[0] + (/:\s*$/.test(line) ? "    " : "");
      event.preventDefault();
      // Typing through the browser keeps its undo.
      if (!document.execCommand("insertText", false, "\n" + indent)) {
        area.setRangeText("\n" + indent, area.selectionStart, area.selectionEnd, "end");
        area.dispatchEvent(new Event("input"));
      }
    }
  }

  function live(root) {
    var name = root.id.replace(/^cell-/, "");
    var input = root.querySelector(".cell_input");
    var shown = input.querySelector(".highlight").parentElement;
    var original = shown.querySelector("pre").textContent.replace(/\n+$/, "");
    var output = root.querySelector(".cell_output");
    var area = null;

    var pre = el("pre", {});
    var result = el("div", { class: "cr-live-result", role: "log", "aria-label": "Output of your run" }, pre);
    var status = el("span", { class: "cr-live-status", role: "status" });
    var hint = el("span", { class: "cr-live-hint", id: root.id + "-hint", hidden: true }, "Ctrl+Enter runs, Tab leaves the text.");
    function button(label, about, action) {
      var b = el("button", { type: "button", class: "cr-button", "aria-label": label + " " + about, onclick: action }, label);
      bar.append(b);
      return b;
    }
    var bar = el("div", { class: "cr-live-bar", role: "group", "aria-label": "Live Python" });
    var runButton = button("Run", "this cell", run);
    var stopButton = button("Stop", "this run", stop);
    var editButton = button("Edit", "this cell", edit);
    var resetButton = button("Reset", "this cell to the book's", reset);
    stopButton.hidden = resetButton.hidden = true;
    bar.append(hint, status);
    input.after(bar, result);
    root.classList.add("cr-live-ready");

    var waiting = "", timer = null;
    function show() {
      window.clearTimeout(timer);
      timer = null;
      if (waiting) add(waiting);
      waiting = "";
    }
    function add(content) {
      pre.append(content);
      // A long output scrolls in its frame; the keyboard must reach it.
      if (pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0;
    }
    function clear() {
      waiting = pre.textContent = "";
      pre.removeAttribute("tabindex");
    }

    var self = {
      say: function (text) { status.textContent = text; },
      print: function (text) {
        // Many small pieces may come; the page takes them together.
        waiting += text;
        if (!timer) timer = window.setTimeout(show, 50);
      },
      finish: function () {
        show();
        // The button with the focus must not vanish under it.
        if (document.activeElement === stopButton) runButton.focus();
        stopButton.hidden = true;
      },
      outcome: function (done, seconds) {
        var took = seconds < 0.1 ? "less than 0.1 s" : seconds.toFixed(1) + " s";
        if (!done.error) {
          self.say("Done in " + took + (pre.firstChild ? "." : ", nothing printed."));
          return;
        }
        add(el("span", { class: "cr-live-error" }, done.error));
        if (done.missing) self.say("This page's interpreter does not hold " + done.missing + ". In JupyterLab the cell runs.");
        else if (done.above) self.say("A cell above, which this one needs, stopped with an error.");
        else self.say("Stopped with an error.");
      }
    };

    function run() {
      if (window.location.protocol === "file:") {
        self.say("Python in the page needs a server: type make serve, then open http://127.0.0.1:8000/" + page + ".html");
        return;
      }
      if (running) {
        self.say(running === self ? "Still running; Stop ends it." : "Another cell is running; wait for it or stop it.");
        return;
      }
      running = self;
      clear();
      if (output) output.hidden = true;
      resetButton.hidden = stopButton.hidden = false;
      self.say(ready && worker ? "Running …" : "Starting Python (14 MB to fetch the first time) …");
      if (!worker) begin();
      began = performance.now();
      worker.postMessage({ cell: name, text: area ? area.value : original });
    }

    function stop() {
      if (running !== self) return;
      end();
      self.say("Stopped. The next run starts afresh.");
    }

    function edit() {
      area = el("textarea", {
        class: "cr-live-text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off",
        "aria-label": "Code of this cell", "aria-describedby": hint.id
      });
      area.value = original;
      function grow() { area.rows = area.value.split("\n").length; }
      area.addEventListener("input", function () {
        grow();
        resetButton.hidden = false;
      });
      area.addEventListener("keydown", function (event) { keys(event, run); });
      grow();
      shown.hidden = true;
      shown.after(area);
      editButton.hidden = true;
      hint.hidden = false;
      area.focus();
    }

    function reset() {
      if (running === self) end();
      else if (worker) worker.postMessage({ reset: name });
      if (area) area.remove();
      area = null;
      shown.hidden = editButton.hidden = false;
      hint.hidden = resetButton.hidden = true;
      clear();
      if (output) output.hidden = false;
      self.say("As in the book again.");
      editButton.focus();
    }
  }

  document.querySelectorAll(".cr-live").forEach(live);
})();
