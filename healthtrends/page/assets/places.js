"use strict";
// Facilities and regions: small charts of the first of each level, and a filter that shows one place alone.
const levels = {}; // by name: the list of charts, the rows of the table as printed, the places, what is drawn
let chosenPlace = ""; // as in the address: `facility:H1`; empty: all

function startPlaces() {
  if (!DATA.places) return;
  for (const [name, { places, small, total }] of Object.entries(DATA.places)) {
    const body = byId(`${name}-part`).querySelector("tbody");
    const list = make("ul", { class: "small-charts" });
    const note = make("p", { class: "note" });
    byId(`${name}-part`).append(note, list);
    levels[name] = { body, list, note, rows: [...body.children], small, total, drawn: [], places: places.map(placeOf) };
  }
  placeChoice();
  const first = inAddress("place") || "";
  showPlace(first);
  if (first) byId("places").scrollIntoView();
}

function placeOf([key, name, visits, share, patients, kind, change, note, counts]) {
  return { key, name: visible(name), cells: [visits, share, patients], kind, change, note, rows: daysOf(countsOf(counts), "visits") };
}

function placeChoice() {
  const groups = Object.entries(levels).map(([name, { places }]) =>
    make("optgroup", { label: byId(`${name}-part`).querySelector("h3").textContent },
      ...places.map((place) => make("option", { value: `${name}:${place.key}` }, place.name))));
  const select = make("select", { id: "place" }, make("option", { value: "" }, WORDS.place_all), ...groups);
  const same = make("input", { id: "same-scale", type: "checkbox" });
  same.checked = true;
  byId("place-choice").append(
    make("p", { class: "choose" }, make("label", { for: "place" }, columnName("place")), select,
      make("label", { class: "check" }, same, WORDS.place_same_scale)),
    make("p", { id: "place-shown", class: "note", role: "status" }));
  select.addEventListener("change", () => {
    putInAddress("place", select.value);
    showPlace(select.value);
    offerSteps(); // the steps keep the place
  });
  same.addEventListener("change", drawPlaces);
}

// A link in the page may name a code alone: the place stays chosen, and in the address.
function followPlace() {
  const wanted = inAddress("place");
  if (wanted === null && chosenPlace) putInAddress("place", chosenPlace);
  if (wanted === null || !DATA.places) return;
  showPlace(wanted);
  byId("places").scrollIntoView();
}

function foundPlace(wanted) {
  const level = wanted.split(":", 1)[0];
  const key = wanted.slice(level.length + 1);
  const place = Object.hasOwn(levels, level) ? levels[level].places.find((each) => each.key === key) : undefined;
  return place ? [level, place] : null;
}

function showPlace(wanted) {
  const found = foundPlace(wanted);
  chosenPlace = found ? wanted : "";
  byId("place").value = chosenPlace;
  byId("place-shown").textContent = found ? say("place_only", { place: found[1].name })
    : wanted ? say("place_unknown", { place: wanted.slice(wanted.indexOf(":") + 1) }) : "";
  for (const [name, { body, rows }] of Object.entries(levels)) {
    byId(`${name}-part`).hidden = found !== null && found[0] !== name;
    body.replaceChildren(...(found ? [placeRow(found[1]), rows[rows.length - 1]] : rows));
  }
  drawPlaces();
}

function placeRow(place) {
  const change = make("td", {});
  if (place.change) change.append(make("span", place.kind ? { class: place.kind } : {}, place.change), " ");
  if (place.note) change.append(make("small", {}, place.note));
  return make("tr", {}, make("th", { scope: "row" }, place.name), ...place.cells.map((cell) => make("td", {}, cell)), change);
}

function drawPlaces() {
  const found = foundPlace(chosenPlace);
  for (const [name, level] of Object.entries(levels)) {
    const all = level.places.slice(0, level.small);
    drawLevel(name, level, found ? [found[1]].filter(() => found[0] === name) : all);
    const counts = { shown: shown(all.length), listed: shown(level.places.length), all: shown(level.total) };
    const key = level.places.length < level.total ? "places_cut" : "places_small";
    level.note.textContent = found || all.length === level.total ? "" : say(key, counts);
  }
}

function drawLevel(name, level, places) {
  const most = Math.max(1, ...places.flatMap((place) => place.rows.map((row) => row.visits)));
  const spec = structuredClone(SHARED.specs.place);
  if (byId("same-scale").checked) spec.layer.find((layer) => layer.encoding.y).encoding.y.scale.domainMax = most;
  if (places.length === 1) spec.height *= 2;
  const charts = places.map((place) => make("div", { class: "chart", role: "img", "aria-label": sayCounts("place_says", place.name, place.rows, "visits") },
    make("div", { "aria-hidden": "true" })));
  level.list.classList.toggle("single", places.length === 1);
  level.list.replaceChildren(...places.map((place, at) =>
    make("li", {}, make("a", { href: `#place=${encoded(`${name}:${place.key}`)}` }, place.name), charts[at])));
  turn = turn.then(async () => {
    level.drawn.forEach((view) => view.finalize());
    level.drawn = [];
    for (const [at, chart] of charts.entries()) {
      if (chart.isConnected) level.drawn.push(await embed(chart.firstElementChild, spec, places[at].rows));
    }
  });
}
