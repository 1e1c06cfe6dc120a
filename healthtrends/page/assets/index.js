"use strict";
// Shades the calendar by the patients of a code, and lists the days that had it, newest first.
const codes = Object.keys(DATA.curves);
const LISTED = 31;

function link(date) {
  const cell = document.querySelector(`[data-date="${date}"]`);
  return cell && cell.hasAttribute("href") ? cell.getAttribute("href") : null;
}

function clear() {
  for (const cell of document.querySelectorAll(".found")) {
    cell.classList.remove("found");
    cell.style.removeProperty("--part");
  }
  byId("found").textContent = "";
  byId("found-days").replaceChildren();
}

function shade(date, part) {
  const cell = document.querySelector(`[data-date="${date}"]`);
  if (!cell) return;
  cell.classList.add("found");
  cell.style.setProperty("--part", (0.06 + 0.34 * part).toFixed(2));
}

function listed(code, date, count) {
  const address = link(date);
  const text = `${date}: ${shown(count)}`;
  if (!address) return make("li", {}, text);
  return make("li", {}, make("a", { href: `${address}#code=${encodeURIComponent(code)}` }, text));
}

function show(code) {
  const days = DATA.days.map((date, place) => [date, DATA.curves[code][place]]).filter(([, count]) => count > 0);
  const most = Math.max(0, ...days.map(([, count]) => count));
  days.forEach(([date, count]) => shade(date, count / most));
  const key = days.length ? "found_days" : "found_none";
  byId("found").textContent = say(key, { code: titled(code), days: days.length, most: shown(most) });
  byId("found-days").replaceChildren(...days.reverse().slice(0, LISTED).map(([date, count]) => listed(code, date, count)));
}

function find() {
  clear();
  const text = byId("code").value.trim();
  const found = meant(text, codes);
  showOthers(byId("also"), found);
  history.replaceState(null, "", found.length ? `#code=${encodeURIComponent(found[0])}` : location.pathname);
  if (!found.length) {
    byId("found").textContent = text && say("not_found", { text });
    return;
  }
  byId("code").value = found[0];
  show(found[0]);
}

function follow() {
  const code = codeInAddress();
  if (code === null) return;
  clear();
  byId("code").value = code;
  showOthers(byId("also"), []);
  if (Object.hasOwn(DATA.curves, code)) show(code);
  else byId("found").textContent = say("no_curve", { code });
}

offer(byId("codes"), codes);
byId("code").addEventListener("change", find);
addEventListener("hashchange", follow);
follow();
