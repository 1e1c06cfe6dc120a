"use strict";
// Shades the calendar by the patients of a code, and lists the days that had it, newest first.
let codes;
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
  const code = inAddress("code");
  if (code === null) return;
  clear();
  byId("code").value = code;
  showOthers(byId("also"), []);
  if (Object.hasOwn(DATA.curves, code)) show(code);
  else byId("found").textContent = say("no_curve", { code });
}

// A day, a week from Monday, or a month: what is known of it, and its days in the calendar.
const period = { unit: "week" };
let span; // first and last day of the curves

function monday(day) {
  return daysLater(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
}

function choosePeriod(unit, day) {
  const first = unit === "month" ? `${day.slice(0, 7)}-01` : unit === "week" ? monday(day) : day;
  const last = unit === "month" ? daysLater(monthsLater(first, 1), -1) : unit === "week" ? daysLater(first, 6) : day;
  Object.assign(period, { unit, first, last });
  tellPeriod();
}

function counted(first, last) {
  const known = DATA.visits.filter((count, place) => count !== null && first <= DATA.days[place] && DATA.days[place] <= last);
  return { days: known.length, visits: known.reduce((sum, count) => sum + count, 0) };
}

function tellPeriod() {
  const { unit, first, last } = period;
  for (const cell of document.querySelectorAll(".chosen")) cell.classList.remove("chosen");
  for (const cell of document.querySelectorAll("[data-date]")) {
    if (first <= cell.dataset.date && cell.dataset.date <= last) cell.classList.add("chosen");
  }
  const now = counted(first, last);
  const length = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  const name = unit === "day" ? dayName(Date.parse(first)) : say("period", { first: dayName(Date.parse(first)), last: dayName(Date.parse(last)) });
  const told = now.days
    ? say("period_says", { period: name, visits: shown(now.visits), known: now.days, days: length })
    : say("period_unknown", { period: name });
  byId("period").replaceChildren(told);
  const address = unit === "day" && link(first);
  if (address) byId("period").append(" ", make("a", { href: address }, WORDS.open_page));
  byId("before").disabled = first <= span.first;
  byId("after").disabled = last >= span.last;
}

function step(direction) {
  const { unit, first } = period;
  const day = unit === "month" ? monthsLater(first, direction) : daysLater(first, direction * (unit === "week" ? 7 : 1));
  choosePeriod(unit, day);
}

function offerPeriods() {
  byId("unit").value = period.unit;
  byId("unit").addEventListener("change", (event) =>
    choosePeriod(event.target.value, period.last < span.last ? period.last : span.last));
  byId("before").addEventListener("click", () => step(-1));
  byId("after").addEventListener("click", () => step(1));
  choosePeriod(period.unit, span.last);
}

async function start() {
  DATA = await unpacked();
  codes = Object.keys(DATA.curves);
  span = { first: DATA.days[0], last: DATA.days[DATA.days.length - 1] };
  if (byId("unit")) offerPeriods();
  offer(byId("codes"), codes);
  byId("code").addEventListener("change", find);
  addEventListener("hashchange", follow);
  follow();
}

start();
