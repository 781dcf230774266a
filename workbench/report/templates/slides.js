(function () {
  "use strict";
  // Arrows, space, page keys, Home and End turn the slides; n shows what the speaker should know.
  var slides = Array.prototype.slice.call(document.querySelectorAll(".slide"));
  var root = document.documentElement, now = 0;
  var keys = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1,
    ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1, Home: -99, End: 99 };
  function go(to, focus) {
    now = Math.max(0, Math.min(slides.length - 1, to));
    slides.forEach(function (slide, place) { slide.classList.toggle("now", place === now); });
    if (focus) {
      history.replaceState(null, "", "#" + slides[now].id);
      slides[now].focus({ preventScroll: true });
    }
  }
  function named() { return slides.findIndex(function (s) { return "#" + s.id === location.hash; }); }
  function fit() {
    var scale = Math.min(innerWidth / 1280, innerHeight / 720);
    root.style.setProperty("--scale", scale);
    root.style.setProperty("--x", Math.max(0, (innerWidth - 1280 * scale) / 2) + "px");
    root.style.setProperty("--y", Math.max(0, (innerHeight - 720 * scale) / 2) + "px");
    scrollTo(0, 0);
  }
  root.classList.add("deck");
  document.querySelectorAll(".notes").forEach(function (notes) { notes.open = true; });
  document.querySelector(".turn").hidden = false;
  addEventListener("resize", fit);
  addEventListener("hashchange", function () { if (named() >= 0) { go(named(), true); } });
  addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "n") { root.classList.toggle("noted"); return; }
    if (!(event.key in keys) || (event.target.tagName === "BUTTON" && event.key.length < 6 &&
        (event.key === " " || event.key === "Enter"))) { return; }
    event.preventDefault();
    go(now + keys[event.key], true);
  });
  document.querySelector(".turn").addEventListener("click", function (event) {
    var by = event.target.getAttribute("data-by");
    if (by) { go(now + parseInt(by, 10), false); }
  });
  fit();
  go(Math.max(0, named()), false);
})();
