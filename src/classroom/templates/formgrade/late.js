// Late penalties on formgrader's pages. nbgrader 0.9 shows scores before they are taken off; what is shown here stands
// below each such score, and above a submission that is being marked.
(function () {
    "use strict";
    if (typeof base_url === "undefined" || typeof $ === "undefined") {
        return;  // a page that tells of an error
    }
    // These are variables of nbgrader's pages. On the page of one submission base_url ends with /formgrader already.
    var one = typeof submission_id !== "undefined" ? submission_id : "";
    var asked = {
        submission: one,
        assignment: one || typeof assignment_id === "undefined" ? "" : assignment_id,
        student: typeof student_id === "undefined" ? "" : student_id
    };

    var points = function (number) {
        return roundToPrecision(number, 2);
    };

    var total = function (rows, key) {
        return rows.reduce(function (sum, row) { return sum + row[key]; }, 0);
    };

    // Rows of a list are views of models: a submission, a notebook of one, or a student with all of them.
    var mark = function (view, late) {
        var mine = late.filter(function (row) { return row.ids.indexOf(view.model.get("id")) >= 0; });
        view.$score.find(".late-penalty").remove();
        if (mine.length) {
            var left = view.model.get("score") - total(mine, "taken");
            view.$score.append($("<div/>")
                .addClass("late-penalty text-danger small")
                .text("late: −" + points(total(mine, "penalty")) + ", leaves " + points(left)));
        }
    };

    var above = function (late) {
        var penalty = points(total(late, "penalty"));
        if (penalty) {
            $("#notebook").before($("<p/>")
                .addClass("late-penalty alert alert-warning")
                .text("Handed in late: " + penalty + (penalty === 1 ? " point is" : " points are") +
                    " taken off the sum of the marks below, which does not fall under 0."));
        }
    };

    var load = function () {
        $.getJSON(base_url + (one ? "" : "/formgrader") + "/api/late_penalties", asked)
            .done(function (late) {
                if (one) {
                    above(late);
                } else {
                    views.forEach(function (view) { mark(view, late); });
                }
            })
            .fail(function () {
                $(".late-penalty-unknown").remove();
                $("#notebook, table.table").first().before($("<p/>")
                    .addClass("late-penalty-unknown alert alert-danger")
                    .text("Late penalties could not be read. Scores are shown before they are taken off."));
            });
    };

    // After nbgrader's own handler, which has begun to fetch the rows by then.
    $(window).on("load", function () {
        if (one) {
            load();
        } else {
            models.on("sync", load);  // the list has come, or a row of it came again
        }
    });
})();
