(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  const name = "<" + e.tagName.toLowerCase() + "> " + JSON.stringify((e.textContent || "").trim().slice(0, 40));
  const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  if (!ring && s.boxShadow === "none") return "focus: " + name + " has no ring";
  if (r.bottom < 0 || r.top > innerHeight || r.right < 0 || r.left > innerWidth) return "focus: " + name + " is out of sight";
  return "ok";
})()
