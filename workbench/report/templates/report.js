(function () {
  "use strict";
  // Paper shows everything: open what is folded, close it again afterwards.
  var opened = [];
  addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (item) { item.open = true; });
  });
  addEventListener("afterprint", function () {
    opened.forEach(function (item) { item.open = false; });
  });
  // A click on a heading sorts a table; the printed order is the one of the report.
  var signs = document.documentElement.dataset;
  function value(row, index) {
    var text = row.cells[index].textContent.trim();
    var plain = text.split(signs.group).join("").replace(signs.point, ".");
    var found = plain.match(/-?[^\d\s(]{0,4}\d+(\.\d+)?/);
    return { text: text, number: found ? parseFloat(found[0].replace(/[^\d.-]/g, "")) : NaN };
  }
  document.querySelectorAll("main table").forEach(function (table) {
    var body = table.tBodies[0];
    if (body.rows.length < 4) { return; }
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, index) {
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
          other.removeAttribute("aria-sort");
        });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var numeric = head.classList.contains("n");
        Array.prototype.slice.call(body.rows).map(function (row) {
          return { row: row, key: value(row, index) };
        }).sort(function (a, b) {
          var order = numeric
            ? (isNaN(a.key.number) ? 1 : isNaN(b.key.number) ? -1 : a.key.number - b.key.number)
            : a.key.text.localeCompare(b.key.text);
          return down ? -order : order;
        }).forEach(function (item) { body.appendChild(item.row); });
      });
    });
  });
})();
