"use strict";
// Brings a date's page to life: which code is shown follows the address, so that a link or "back" shows it again.
let codes;

function follow() {
  followPlace();
  const code = inAddress("code");
  if (code === null) return;
  byId("code").value = code;
  showOthers(byId("also"), []);
  showCode(code);
  byId("trend").scrollIntoView();
}

function choice() {
  const text = byId("code").value.trim();
  if (!text) return;
  const found = meant(text, codes);
  showOthers(byId("also"), found);
  putInAddress("code", found[0]);
  if (!found.length) return showNothing(say("not_found", { text }));
  byId("code").value = found[0];
  showCode(found[0]);
  offerSteps(); // the steps keep the code
}

// A newer issue may have been published since, or records may have come that no issue has yet.
function compareWithNewest() {
  const [issue, state] = (typeof DATES === "object" && DATES[DATA.date]) || [0, ""];
  const newer = byId("newer");
  if (issue > DATA.issue) newer.textContent = say("newer_issue", { newest: issue, issue: DATA.issue });
  else if (issue === DATA.issue && state === "stale") newer.textContent = WORDS.records_since;
  newer.hidden = newer.textContent === "";
}

// Dates before and after this one that have a page: the next, and those nearest to a week and a month away.
function offerSteps() {
  const days = typeof DATES === "object" ? Object.keys(DATES) : [];
  const before = (day) => days.findLast((each) => each <= day);
  const after = (day) => days.find((each) => each >= day);
  const steps = [
    [WORDS.unit_day, before(daysLater(DATA.date, -1)), after(daysLater(DATA.date, 1))],
    [WORDS.unit_week, before(daysLater(DATA.date, -7)), after(daysLater(DATA.date, 7))],
    [WORDS.unit_month, before(monthsLater(DATA.date, -1)), after(monthsLater(DATA.date, 1))],
  ];
  const link = (day, key) => day
    ? [make("a", { href: `../date=${day}/index.html${location.hash}`, "aria-label": say(key, { date: day }) },
      key === "step_before" ? `\u2039 ${dayName(Date.parse(day))}` : `${dayName(Date.parse(day))} \u203a`)]
    : [];
  const items = steps.filter(([, earlier, later]) => earlier || later).map(([unit, earlier, later]) =>
    make("li", {}, make("span", { class: "note" }, unit), ...link(earlier, "step_before"), ...link(later, "step_after")));
  byId("steps").replaceChildren(...items);
  byId("steps").hidden = !items.length;
}

// What each column means, unless it is in the page: one that lies alone has it without a script too.
function explainColumns() {
  const place = byId("dictionary");
  if (!place || place.querySelector("table")) return;
  const label = WORDS["dictionary.heading"];
  const head = ["column", "name", "meaning", "unit"].map((name) => make("th", { scope: "col" }, WORDS[`dictionary.${name}`]));
  const rows = SHARED.dictionary.map(([title, name, ...told]) => make("tr", {}, make("th", { scope: "row" }, title),
    make("td", {}, make("code", {}, name)), ...told.map((text) => make("td", {}, text))));
  const table = make("table", { "aria-label": label }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  place.append(...["empty", "week", "titles"].map((note) => make("p", { class: "lead" }, WORDS[`dictionary.${note}`])),
    make("div", { class: "wide", tabindex: 0, role: "group", "aria-label": label }, table));
}

function nameLinks() {
  for (const link of document.querySelectorAll("#top td a")) {
    link.title = say("top.show", { code: link.querySelector("b").textContent });
  }
  for (const code of document.querySelectorAll("a[href^='#code='] b")) code.title = chapterOf(code.textContent);
}

async function start() {
  explainColumns();
  nameLinks();
  DATA = await unpacked();
  codes = Object.keys(DATA.curves);
  compareWithNewest();
  offerSteps();
  if (DATA.empty) return;
  placeTrend();
  placeTables();
  offer(byId("codes"), codes);
  byId("code").addEventListener("change", choice);
  byId("code").addEventListener("focus", (event) => event.target.select());
  addEventListener("hashchange", () => { follow(); offerSteps(); });
  const first = inAddress("code") || DATA.first;
  if (first) {
    byId("code").value = first;
    showCode(first);
    if (inAddress("code")) byId("trend").scrollIntoView();
  }
  showAges();
  showOutcomes();
  startPlaces();
  byId("report").addEventListener("change", (event) => choose(event.target.value));
  byId("filter").addEventListener("input", () => { chosen.most = STEP; fill(); });
  byId("download").addEventListener("click", download);
  choose(byId("report").value);
}

start();
