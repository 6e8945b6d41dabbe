(() => {
  // What can be reached by Tab, in order: what is seen and not folded away. Boxes that scroll and have nothing in them to focus are reached too, when the browser says so.
  const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && e.checkVisibility({ visibilityProperty: true }); };
  window.wanted = [...document.querySelectorAll("a[href], summary, button, input, select, textarea, [tabindex='0']")].filter(seen);
  window.luminance = (s) => {
    const c = (s.match(/[\d.]+/g) || [0, 0, 0]).map(Number), f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]);
  };
  window.under = (e) => {
    for (let p = e; p; p = p.parentElement) {
      const c = getComputedStyle(p).backgroundColor, m = c.match(/[\d.]+/g) || [];
      if (m.length === 3 || Number(m[3]) > 0.99) return c;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)";
  };
  window.step = () => {
    const e = document.activeElement;
    if (!e || e === document.body) return { at: -1, end: true, name: "", tag: "", fault: "" };
    const s = getComputedStyle(e), r = e.getBoundingClientRect();
    const name = "<" + e.tagName.toLowerCase() + "> " + JSON.stringify((e.getAttribute("aria-label") || e.textContent || "").trim().slice(0, 40));
    let fault = "";
    const a = luminance(s.outlineColor), b = luminance(under(e.parentElement)), contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) fault = "has no ring";
    else if (contrast < 3) fault = "has a ring of contrast " + contrast.toFixed(2);
    else if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) fault = "is out of sight";
    return { at: wanted.indexOf(e), end: false, name, tag: e.tagName, fault };
  };
  return wanted.length;
})()
