"use strict";
// What both pages use: the data, texts, and elements made without ever reading a value as HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
const WORDS = DATA.words;

function byId(id) {
  return document.getElementById(id);
}

function say(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// A whole or decimal number as the language writes it; other text as it is.
function shown(value) {
  if (value === null || value === "" || !/^-?\d+(\.\d+)?$/.test(value)) return value === null ? "" : String(value);
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

function titled(code) {
  return DATA.titles[code] ? `${code} ${DATA.titles[code]}` : code;
}

// The code that a person means: as typed, or the first whose code or title holds the words.
function meant(text, codes) {
  const wanted = text.trim().toUpperCase();
  if (!wanted) return null;
  return (
    codes.find((code) => code.toUpperCase() === wanted) ||
    codes.find((code) => titled(code).toUpperCase() === wanted) ||
    codes.find((code) => code.toUpperCase().startsWith(wanted)) ||
    codes.find((code) => titled(code).toUpperCase().includes(wanted)) ||
    null
  );
}

function offer(list, codes) {
  list.append(...codes.map((code) => make("option", { value: code }, DATA.titles[code] || code)));
}

function codeInAddress() {
  const found = /^#code=(.+)$/.exec(location.hash);
  try {
    return found ? decodeURIComponent(found[1]) : null;
  } catch {
    return null; // not an address that a page made
  }
}

// What was provisional is final once its last day is over: by the reader's clock, in UTC as the pipeline's.
const TODAY = new Date().toISOString().slice(0, 10);

function judge(node) {
  if (TODAY <= node.dataset.until) return;
  (node.querySelector(".spoken") || node).textContent = node.dataset.then;
  if (node.title) node.title = node.dataset.then;
  if (node.classList.contains("provisional")) node.classList.replace("provisional", "final");
  delete node.dataset.until;
}

document.querySelectorAll("[data-until]").forEach(judge);
for (const node of document.querySelectorAll(".needs-script")) node.classList.add("ready");
