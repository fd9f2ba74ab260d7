// Typesets a page's formulas with the MathJax that lies beside this file, and says so on <html>:
// data-formulas is "pending", then "done", "none" (the page has none) or "failed".
//
// A classic script and not a module: browsers refuse modules on file://.
(() => {
  "use strict";

  const own = document.currentScript.src;
  const mathjax = new URL("../mathjax", own).href;
  const root = document.documentElement;

  const configuration = {
    loader: {
      paths: { mathjax, fonts: `${mathjax}/fonts` },
      load: ["input/tex", "output/chtml", "a11y/assistive-mml"],
    },
    tex: {
      inlineMath: [["\\(", "\\)"]],
      displayMath: [["\\[", "\\]"]],
      processEnvironments: false,
      processRefs: false,
      packages: {
        "[+]": ["boldsymbol", "color"],
        // autoload and require fetch what is not shipped; noundefined would hide a mistake
        "[-]": ["autoload", "require", "noundefined"],
      },
    },
    output: { font: "mathjax-tex", displayOverflow: "linebreak" },
    options: {
      ignoreHtmlClass: ".*|",
      processHtmlClass: "arithmatex",
    },
    startup: {
      typeset: false,
      ready() {
        // assistive-mml reports these as unknown where the menu is not loaded
        delete MathJax.config.options.menuOptions;
        // in the list above these may run before what they extend is there
        MathJax.loader
          .load("[tex]/boldsymbol", "[tex]/color")
          .then(() => MathJax.startup.defaultReady(), MathJax.config.loader.failed);
      },
    },
  };

  let library = null;

  function load() {
    library ??= new Promise((resolve, reject) => {
      window.MathJax = configuration;
      configuration.loader.failed = reject;
      const script = document.createElement("script");
      script.src = `${mathjax}/startup.js`;
      script.onload = () => MathJax.startup.promise.then(resolve, reject);
      script.onerror = () => reject(new Error(`cannot load ${script.src}`));
      document.head.append(script);
    });
    return library;
  }

  async function typeset() {
    const formulas = [...document.querySelectorAll(".arithmatex")];
    if (formulas.length === 0) return "none";
    await load();
    MathJax.typesetClear();
    MathJax.texReset();
    await MathJax.typesetPromise(formulas);
    return "done";
  }

  let queue = Promise.resolve();
  let latest = 0;

  function enqueue() {
    const mine = (latest += 1);
    root.dataset.formulas = "pending";
    queue = queue.then(typeset).then(
      (state) => {
        // a page that was left in the meantime does not speak for the one now shown
        if (mine === latest) root.dataset.formulas = state;
      },
      (error) => {
        if (mine === latest) root.dataset.formulas = "failed";
        console.error("formulas:", error);
      },
    );
  }

  if (location.protocol !== "file:" && typeof document$ !== "undefined") {
    document$.subscribe(enqueue); // Material's: once for each page, instant navigation included
  } else if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", enqueue);
  } else {
    enqueue();
  }
})();
