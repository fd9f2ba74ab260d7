// A table of the guide that is wider than its place scrolls within it: with the keyboard too.
(() => {
  "use strict";

  // on file:// the theme's observable is silent, and the theme leaves tables as they are
  if (location.protocol === "file:" || typeof document$ === "undefined") return;

  function reachable() {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", "Table");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  }

  // the theme wraps tables at the same event; a frame later all have their widths
  document$.subscribe(() => requestAnimationFrame(reachable));
  addEventListener("resize", reachable);
})();
