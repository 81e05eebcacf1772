/* Check-yourself boxes answer on the page: each dropdown of the box becomes an option to press. The last answer is
   kept (progress.js) and shown again on the next visit. Without this script they stay dropdowns, in JupyterLab too. */
(function () {
  "use strict";
  var RIGHT = "Right.";

  /* A name for a question that survives others being added before it: a hash of its words (not of its formulas, whose
     text changes when they are set). */
  function nameOf(box) {
    var copy = box.cloneNode(true);
    copy.querySelectorAll(".math, mjx-container").forEach(function (formula) { formula.remove(); });
    var text = copy.textContent.replace(/\s+/g, " ").trim(), hash = 0;
    for (var k = 0; k < text.length; k++) hash = (Math.imul(hash, 31) + text.charCodeAt(k)) | 0;
    return (hash >>> 0).toString(36);
  }

  function answerable(box) {
    var name = nameOf(box);
    var progress = window.ChainRule && window.ChainRule.progress;
    var folds = Array.prototype.slice.call(box.querySelectorAll("details.sd-dropdown"));
    if (!folds.length) return;
    var list = document.createElement("div");
    list.className = "cr-options";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", "Options: press one to answer");
    var feedback = document.createElement("div");
    feedback.className = "cr-feedback";
    feedback.setAttribute("aria-live", "polite");
    folds[0].before(list, feedback);

    var options = folds.map(function (fold) {
      var body = fold.querySelector(".sd-summary-content");
      var title = fold.querySelector(".sd-summary-text") || fold.querySelector("summary");
      var verdict = body.querySelector("strong");
      var option = document.createElement("button");
      option.type = "button";
      option.className = "cr-option";
      option.setAttribute("aria-pressed", "false");
      var mark = document.createElement("span");
      mark.className = "cr-option-mark";
      mark.setAttribute("aria-hidden", "true");
      option.append(mark);
      var text = document.createElement("span");
      while (title.firstChild) text.append(title.firstChild);
      option.append(text);
      var answer = document.createElement("div");
      answer.hidden = true;
      while (body.firstChild) answer.append(body.firstChild);
      feedback.append(answer);
      list.append(option);
      fold.remove();
      return { button: option, answer: answer, right: Boolean(verdict) && verdict.textContent.trim() === RIGHT };
    });

    function answer(chosen) {
      options.forEach(function (other) {
        other.answer.hidden = other !== chosen;
        other.button.setAttribute("aria-pressed", String(other === chosen));
      });
      var verdict = chosen.right ? "right" : "wrong";
      chosen.button.dataset.verdict = verdict;
      feedback.dataset.verdict = verdict;
      box.dataset.answered = verdict;
    }

    options.forEach(function (chosen, index) {
      chosen.button.addEventListener("click", function () {
        answer(chosen);
        if (!progress) return;
        progress.set(function (state) {
          var page = progress.page;
          (state.answers[page] = state.answers[page] || {})[name] = index;
          (state.verdicts[page] = state.verdicts[page] || {})[name] = box.dataset.answered;
        });
      });
    });
    var earlier = progress && (progress.get().answers[progress.page] || {})[name];
    if (options[earlier]) answer(options[earlier]);
  }

  document.querySelectorAll(".check-yourself").forEach(answerable);
})();
