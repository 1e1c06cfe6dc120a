"use strict";
// Draws the Vega-Lite charts of a date's page, and says in words what each shows.
const drawn = {};
let turn = Promise.resolve(); // one drawing after the other, so that two of one place never mix

const timeLocale = {
  dateTime: "%x %X", date: "%Y-%m-%d", time: "%H:%M", periods: ["", ""],
  days: ["0", "1", "2", "3", "4", "5", "6"], shortDays: ["0", "1", "2", "3", "4", "5", "6"],
  months: WORDS.months_short.split(" "), shortMonths: WORDS.months_short.split(" "),
};
const numberLocale = {
  decimal: WORDS["number.decimal"], thousands: WORDS["number.thousands"], grouping: [3], currency: ["", ""],
  percent: WORDS["number.percent"],
};

function noteOf(day, counted) {
  const notes = [];
  if (day.state === "none") notes.push(WORDS.no_feed);
  if (day.state === "unread") notes.push(WORDS.unread);
  if (day.state === "hidden") notes.push(WORDS.hidden);
  if (day[counted] === 0) notes.push(WORDS.zero);
  if (day.provisional) notes.push(WORDS.provisional);
  return notes.join(", ");
}

// The days of a curve; `counted` names what it counts: patients, visits.
function daysOf(counts, counted) {
  const rows = DATA.days.map(([date, known, until], place) => {
    const provisional = until !== null && TODAY <= until;
    const at = Date.parse(`${date}T00:00:00Z`);
    const weekday = new Date(at).getUTCDay();
    const count = counts[place];
    const state = known === "observed" && count === null ? "hidden" : known;
    return {
      date, at, start: at - DAY_MS / 2, end: at + DAY_MS / 2, [counted]: count, state, provisional,
      weekend: weekday === 0 || weekday === 6, solid: provisional ? null : count, open: null,
    };
  });
  rows.forEach((row, place) => {
    // The dashed part begins at the last complete day, so that the line goes on.
    if (row.provisional || (rows[place + 1] && rows[place + 1].provisional)) row.open = row[counted];
    row.note = noteOf(row, counted);
    row.tip = dayName(row.at) + "\n" + [row[counted] === null ? "" : `${columnName(counted)}: ${shown(row[counted])}`, row.note]
      .filter(Boolean).join("\n");
  });
  return rows;
}

function weekMean(rows, place) {
  const known = rows.slice(Math.max(0, place - 6), place + 1).filter((row) => row.patients !== null);
  if (known.length < 4 || rows[place].patients === null) return null;
  return known.reduce((sum, row) => sum + row.patients, 0) / known.length;
}

// Takes a chart away, as when there is nothing to show under a text.
function erase(name) {
  turn = turn.then(() => {
    if (drawn[name]) drawn[name].finalize();
    drawn[name] = null;
    byId(`${name}-chart`).firstElementChild.replaceChildren();
  });
}

// Draws values into the place of a chart; the height of one of bars is that of a bar.
function draw(name, values, bars = 1) {
  const place = byId(`${name}-chart`);
  const spec = structuredClone(SHARED.specs[name]);
  spec.height *= bars;
  if (name === "outcomes") spec.encoding.y.axis.labelLimit = place.clientWidth < 480 ? 70 : 230;
  turn = turn.then(async () => {
    if (drawn[name]) drawn[name].finalize();
    drawn[name] = await embed(place.firstElementChild, spec, values);
  });
}

function embed(node, spec, values) {
  return vegaEmbed(node, { ...spec, data: { values } }, {
    mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, hover: false, tooltip: showTip,
    logLevel: 1, // errors only: that no day is hidden, and a layer empty, is nothing to warn of
    timeFormatLocale: timeLocale, formatLocale: numberLocale,
  });
}

const tip = make("div", { id: "tip", "aria-hidden": "true" });
tip.hidden = true;
document.body.append(tip);

function showTip(_, event, item, value) {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  tip.textContent = typeof value === "object" ? value.tip : value;
  const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
}

// The section of a code over time: without a script it could show nothing.
const KEYS = ["line", "mean", "weekend", "open", "zero", "gap", "hidden"];

function placeTrend() {
  const input = { id: "code", list: "codes", autocomplete: "off", spellcheck: "false", "aria-describedby": "code-hint" };
  const keys = KEYS.map((key) =>
    make("li", {}, make("span", { class: `mark ${key}`, "aria-hidden": "true" }), WORDS[`trend.key_${key}`]));
  byId("trend").append(
    make("p", { class: "choose" }, make("label", { for: "code" }, WORDS["trend.choose"]), make("input", input),
      make("span", { id: "code-hint", class: "note" }, WORDS["trend.hint"]), make("datalist", { id: "codes" })),
    make("ul", { id: "also", class: "states note" }),
    make("p", { id: "trend-title", class: "chart-title", "aria-live": "polite" }),
    make("div", { id: "trend-chart", class: "chart", role: "img", "aria-label": WORDS["trend.heading"] },
      make("div", { "aria-hidden": "true" })),
    make("details", { open: "" }, make("summary", {}, WORDS["trend.key"]), make("ul", { class: "key" }, ...keys)),
    make("details", {}, make("summary", {}, WORDS["trend.as_table"]), make("div", { id: "trend-table" })),
  );
}

function sayCounts(key, name, rows, counted) {
  const known = rows.filter((row) => row[counted] !== null);
  if (!known.length) return say("trend_unknown", { code: name });
  const counts = known.map((row) => row[counted]);
  const last = known[known.length - 1];
  return say(key, {
    code: name, place: name, first: dayName(rows[0].at), last: dayName(rows[rows.length - 1].at),
    least: shown(Math.min(...counts)), most: shown(Math.max(...counts)), known: known.length,
    unknown: rows.length - known.length, value: shown(last[counted]), when: dayName(last.at),
  });
}

function trendTable(rows) {
  const head = [WORDS.day, WORDS.patients, WORDS.mean, WORDS.note];
  const body = rows.map((row, place) => {
    const mean = weekMean(rows, place);
    const cells = [shown(row.patients), mean === null ? "" : shown(mean.toFixed(1)), row.note];
    return make("tr", {}, make("th", { scope: "row" }, row.date),
      ...cells.map((cell, at) => make("td", at < 2 ? { class: "n" } : {}, cell)));
  });
  return make("table", {},
    make("thead", {}, make("tr", {}, ...head.map((name, at) =>
      make("th", at === 1 || at === 2 ? { scope: "col", class: "n" } : { scope: "col" }, name)))),
    make("tbody", {}, ...body.reverse()));
}

function showNothing(why) {
  byId("trend-title").textContent = why;
  byId("trend-chart").setAttribute("aria-label", why);
  byId("trend-table").replaceChildren();
  erase("trend");
}

function showCode(code) {
  if (!Object.hasOwn(DATA.curves, code)) return showNothing(say("no_curve", { code }));
  const rows = daysOf(DATA.curves[code], "patients");
  byId("trend-title").textContent = titled(code);
  byId("trend-chart").setAttribute("aria-label", sayCounts("trend_says", titled(code), rows, "patients"));
  byId("trend-table").replaceChildren(trendTable(rows));
  draw("trend", rows);
}

// Rows of a report with only these of its columns, as far as it has them.
function picked(report, names) {
  const table = DATA.tables[report] || { columns: [], rows: [] };
  const places = names.map((name) => table.columns.indexOf(name)).filter((place) => place >= 0);
  return places.length ? table.rows.map((row) => places.map((place) => row[place])) : [];
}

function showAges() {
  const ages = picked("age_distribution", ["age_band", "men", "women"]);
  if (!ages.length) return;
  const rows = ages.flatMap(([band, men, women]) => [
    { band, sex: "men", signed: -men, tip: `${band}\n${columnName("men")}: ${shown(men)}` },
    { band, sex: "women", signed: +women, tip: `${band}\n${columnName("women")}: ${shown(women)}` },
  ]).reverse();
  const most = (at) => ages.reduce((best, row) => (+row[at] > +best[at] ? row : best))[0];
  byId("ages-chart").setAttribute("aria-label", say("ages_says", { men: most(1), women: most(2) }));
  draw("ages", rows, ages.length);
}

const OUTCOME_CODES = 12; // as in sections/charts.py

function showOutcomes() {
  const names = ["recovered", "ongoing", "deceased", "outcome_unknown"];
  const found = picked("diagnosis_detail", ["diagnosis", ...names]).slice(0, OUTCOME_CODES);
  if (!found.length) return;
  const rows = found.flatMap(([code, ...counts]) => names.slice(0, counts.length).map((outcome, order) => ({
    label: titled(code), outcome, order, records: +counts[order],
    tip: `${titled(code)}\n${columnName(outcome)}: ${shown(counts[order])}`,
  })));
  const list = found.slice(0, 5).map(([code, recovered, ongoing, deceased, unknown]) =>
    say("outcomes_one", { code, recovered: shown(recovered), ongoing: shown(ongoing), deceased: shown(deceased), unknown: shown(unknown ?? 0) }));
  byId("outcomes-chart").setAttribute("aria-label", say("outcomes_says", { list: list.join("; ") }));
  draw("outcomes", rows, found.length);
}
