/* Check-yourself boxes answer on the page: each dropdown of the box becomes an option to press.
   Without this script they stay dropdowns, in JupyterLab too. */
(function () {
  "use strict";
  var RIGHT = "Right.";

  function answerable(box) {
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

    options.forEach(function (chosen) {
      chosen.button.addEventListener("click", function () {
        options.forEach(function (other) {
          other.answer.hidden = other !== chosen;
          other.button.setAttribute("aria-pressed", String(other === chosen));
        });
        var verdict = chosen.right ? "right" : "wrong";
        chosen.button.dataset.verdict = verdict;
        feedback.dataset.verdict = verdict;
        box.dataset.answered = verdict;
      });
    });
  }

  document.querySelectorAll(".check-yourself").forEach(answerable);
})();
