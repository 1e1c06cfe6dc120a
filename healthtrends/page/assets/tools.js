"use strict";
// What both pages use: the data, texts, and elements made without ever reading a value as HTML.
let DATA; // what `unpacked` gives, before anything else begins
const WORDS = SHARED.words;

function byId(id) {
  return document.getElementById(id);
}

// JSON, compressed and as Base64, with curves and tables in short forms; see page/packing.py.
async function unpacked() {
  if (!window.DecompressionStream) {
    document.querySelector("header").append(make("p", { class: "newer" }, WORDS.old_browser));
    throw new Error("this browser has no DecompressionStream");
  }
  const bytes = Uint8Array.from(atob(byId("data").textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = JSON.parse(await new Response(stream).text());
  for (const code of Object.keys(data.curves)) data.curves[code] = countsOf(data.curves[code]);
  for (const table of Object.values(data.tables || {})) table.rows = rowsOf(table.cells);
  return data;
}

function countsOf(text) {
  return (text.match(/\d+|[a-y]|z\d+z|-/g) || []).flatMap((part) => {
    if (part === "-") return [null];
    if (part[0] === "z") return [Number(part.slice(1, -1))];
    return part >= "a" ? [part.charCodeAt(0) - 96] : Array(Number(part)).fill(0);
  });
}

function rowsOf(cells) {
  return cells.length ? cells[0].map((_, at) => cells.map((column) => column[at])) : [];
}

// What turns the direction of text or is not seen at all is spelled out, as visible_text.py does.
function visible(text) {
  return text.replace(/(?![\n\t\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu, (sign) =>
    sign.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""));
}

function say(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (_, name) => visible(String(values[name])));
}

// A whole or decimal number as the language writes it; other text as it is, but visible.
function shown(value) {
  if (value === null || value === "" || !/^-?\d+(\.\d+)?$/.test(value)) return value === null ? "" : visible(String(value));
  const [whole, part] = String(value).replace("-", "\u2212").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, WORDS["number.thousands"]);
  return part === undefined ? grouped : grouped + WORDS["number.decimal"] + part;
}

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Its own title, that of the nearest code above it, or that of its group; as page/icd.titles.py.
function titleOf(code) {
  for (let name = code; name.length >= 3; name = name.slice(0, -1).replace(/\.+$/, "")) {
    if (Object.hasOwn(TITLES.codes, name)) return TITLES.codes[name];
  }
  const category = code.slice(0, 3);
  const group = TITLES.groups.findLast(([first]) => first <= category);
  return group && category <= group[1] ? group[2] : undefined;
}

// Number and title of the chapter of a code; empty: it has none.
function chapterOf(code) {
  const category = code.slice(0, 3);
  const chapter = TITLES.chapters.findLast(([first]) => first <= category);
  return chapter && category <= chapter[1] ? chapter[2] : "";
}

function columnName(name) {
  return SHARED.columns[name] || name.replaceAll("_", " ");
}

function reportName(name) {
  return SHARED.reports[name] || name.replaceAll("_", " ");
}

function titled(code) {
  return titleOf(code) ? `${visible(code)} ${titleOf(code)}` : visible(code);
}

function wordsOf(text) {
  return text.toUpperCase().split(/\s+/).filter(Boolean);
}

// All that is known of a code in words: itself, its title, its category and the title of that.
function described(code) {
  return `${titled(code)}\n${titled(code.slice(0, 3))}`.toUpperCase();
}

// Codes that a person means: the one as typed, or all that are described by every word, in any order; those
// that begin with the first word come first.
function meant(text, codes) {
  const wanted = wordsOf(text);
  if (!wanted.length) return [];
  const exact = codes.find((code) => code.toUpperCase() === wanted.join(" "));
  if (exact) return [exact];
  const found = codes.filter((code) => wanted.every((word) => described(code).includes(word)));
  const begins = (code) => code.toUpperCase().startsWith(wanted[0]);
  return [...found.filter(begins), ...found.filter((code) => !begins(code))];
}

// Other codes of the same words, as links; an empty list when there are none.
const OTHERS = 12;
function showOthers(list, found) {
  const links = found.slice(1, OTHERS + 1).map((code) =>
    make("li", {}, make("a", { href: `#code=${encodeURIComponent(code)}` }, titled(code))));
  list.replaceChildren(...links);
  if (!links.length) return;
  list.prepend(make("li", {}, say("also_found", { codes: shown(found.length - 1) })));
}

function offer(list, codes) {
  list.append(...codes.map((code) => make("option", { value: code }, titleOf(code) || visible(code))));
}

// The address names what is shown: `#code=J10.1&place=facility:H1`.
function inAddress(name) {
  const found = location.hash.slice(1).split("&").find((part) => part.startsWith(`${name}=`));
  try {
    return found ? decodeURIComponent(found.slice(name.length + 1)) || null : null;
  } catch {
    return null; // not an address that a page made
  }
}

function encoded(value) {
  return encodeURIComponent(value).replace("%3A", ":");
}

// Without a value the name goes.
function putInAddress(name, value) {
  const others = location.hash.slice(1).split("&").filter((part) => /^(code|place)=/.test(part) && !part.startsWith(`${name}=`));
  const parts = value ? [...others, `${name}=${encoded(value)}`] : others;
  history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname);
}

// What was provisional is final once its last day is over: by the reader's clock, in the zone of the place.
const ZONE = document.documentElement.dataset.zone || "UTC";
const TODAY = new Intl.DateTimeFormat("sv", { timeZone: ZONE }).format(new Date());

function judge(node) {
  if (TODAY <= node.dataset.until) return;
  (node.querySelector(".spoken") || node).textContent = node.dataset.then;
  if (node.title) node.title = node.dataset.then;
  if (node.classList.contains("provisional")) node.classList.replace("provisional", "final");
  delete node.dataset.until;
}

document.querySelectorAll("[data-until]").forEach(judge);
const DAY_MS = 86400000;

function dayName(at) {
  return new Date(at).toLocaleDateString(WORDS.locale, {
    weekday: "short", day: "numeric", month: "short", timeZone: "UTC",
  });
}

// Days as `2025-12-22`, which sort as text.
function isoDay(at) {
  return new Date(at).toISOString().slice(0, 10);
}

function daysLater(day, days) {
  return isoDay(Date.parse(day) + days * DAY_MS);
}

// The same day of another month, or its last day.
function monthsLater(day, months) {
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return isoDay(Date.UTC(year, month - 1 + months, Math.min(date, last)));
}

for (const node of document.querySelectorAll(".needs-script")) node.classList.add("ready");
