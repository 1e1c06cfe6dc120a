"use strict";
// The table of everything: one report at a time, filtered, sorted, and a few hundred rows at once.
const STEP = 200;
const chosen = { report: null, column: null, down: false, most: STEP };

function placeTables() {
  const label = WORDS["explore.heading"];
  const options = Object.keys(DATA.tables).map((name) => make("option", { value: name }, reportName(name)));
  byId("explore").append(
    make("p", { class: "choose" },
      make("label", { for: "report" }, WORDS["explore.report"]), make("select", { id: "report" }, ...options),
      make("label", { for: "filter" }, WORDS["explore.filter"]),
      make("input", { id: "filter", type: "search", autocomplete: "off", spellcheck: "false" }),
      make("button", { id: "download", type: "button", "aria-describedby": "download-means" }, WORDS["explore.download"])),
    make("p", { id: "rows-shown", class: "note", role: "status" }),
    make("div", { class: "wide tall", tabindex: 0, role: "group", "aria-label": label },
      make("table", { id: "everything", "aria-label": label })),
    make("p", { id: "download-means", class: "note" }, WORDS["explore.download_means"]),
  );
}

function isNumber(text) {
  return /^-?\d+(\.\d+)?$/.test(text);
}

// Empty cells are not known: they come last whatever the direction. Numbers before words.
function compare(a, b) {
  if (isNumber(a) && isNumber(b)) return a - b;
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function matching() {
  const table = DATA.tables[chosen.report];
  const codes = table.columns.indexOf("diagnosis");
  const wanted = wordsOf(byId("filter").value);
  const text = (row) => row.join("\n").toUpperCase() + (codes < 0 ? "" : "\n" + described(row[codes]));
  const rows = table.rows.filter((row) => wanted.every((word) => text(row).includes(word)));
  if (chosen.column === null) return rows;
  const at = chosen.column;
  const sign = chosen.down ? -1 : 1;
  return rows.sort((a, b) => (a[at] === "") - (b[at] === "") || sign * compare(a[at], b[at]));
}

function headCell(name, at) {
  const cell = make("th", { scope: "col" });
  const title = columnName(name);
  const button = make("button", { type: "button", title: say("sort", { column: title }) }, title);
  if (chosen.column === at) cell.setAttribute("aria-sort", chosen.down ? "descending" : "ascending");
  button.addEventListener("click", () => {
    chosen.down = chosen.column === at ? !chosen.down : false;
    chosen.column = at;
    fill();
    byId("everything").querySelectorAll("thead button")[at].focus();
  });
  cell.append(button);
  return cell;
}

function bodyRow(row, columns) {
  return make("tr", {}, ...row.map((value, at) => {
    const isCode = columns[at] === "diagnosis";
    const attributes = isNumber(value) ? { class: "n" } : isCode ? { title: chapterOf(value) } : {};
    const text = isCode ? titled(value) : shown(value);
    return at === 0 ? make("th", { scope: "row", ...attributes }, text) : make("td", attributes, text);
  }));
}

function fill() {
  const table = DATA.tables[chosen.report];
  const rows = matching();
  const head = make("thead", {}, make("tr", {}, ...table.columns.map(headCell)));
  const body = make("tbody", {}, ...rows.slice(0, chosen.most).map((row) => bodyRow(row, table.columns)));
  const numeric = table.columns.map((_, at) => table.rows.length > 0 && table.rows.every((row) => !row[at] || isNumber(row[at])));
  head.querySelectorAll("th").forEach((cell, at) => numeric[at] && cell.classList.add("n"));
  byId("everything").replaceChildren(head, body);
  if (rows.length > chosen.most) body.append(moreRow(table.columns.length));
  tellRows(table, rows.length);
}

function moreRow(columns) {
  const button = make("button", { type: "button" }, WORDS.more);
  button.addEventListener("click", () => {
    chosen.most += 5 * STEP;
    fill();
    byId("everything").parentElement.focus();
  });
  return make("tr", {}, make("td", { colspan: columns }, button));
}

function tellRows(table, found) {
  const counts = {
    shown: shown(Math.min(found, chosen.most)), all: shown(found), here: shown(table.rows.length),
    total: shown(table.total), place: table.place,
  };
  const key = found === 0 ? "no_rows" : table.rows.length < table.total ? "rows_cut" : "rows";
  byId("rows-shown").textContent = say(key, counts);
}

// A cell that begins like a formula would be run by a spreadsheet; numbers are none. As model/csvtext.py does.
function cell(value) {
  const safe = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) && !/^[+-]?\d+(\.\d+)?$/.test(value) ? "'" + value : value;
  return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

function asCsv() {
  const table = DATA.tables[chosen.report];
  return [table.columns, ...matching()].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function download() {
  const blob = new Blob(["\ufeff", asCsv()], { type: "text/csv;charset=utf-8" });
  const link = make("a", { href: URL.createObjectURL(blob), download: `${chosen.report}_${DATA.date}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function choose(report) {
  Object.assign(chosen, { report, column: null, down: false, most: STEP });
  fill();
}
