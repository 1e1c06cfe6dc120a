"use strict";
// Brings a date's page to life: which code is shown follows the address, so that a link or "back" shows it again.
const codes = Object.keys(DATA.curves);

function follow() {
  const code = codeInAddress();
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
  history.replaceState(null, "", found.length ? `#code=${encodeURIComponent(found[0])}` : location.pathname);
  if (!found.length) return showNothing(say("not_found", { text }));
  byId("code").value = found[0];
  showCode(found[0]);
}

// A newer issue may have been published since, or records may have come that no issue has yet.
function compareWithNewest() {
  const [issue, state] = (typeof DATES === "object" && DATES[DATA.date]) || [0, ""];
  const newer = byId("newer");
  if (issue > DATA.issue) newer.textContent = say("newer_issue", { newest: issue, issue: DATA.issue });
  else if (issue === DATA.issue && state === "stale") newer.textContent = WORDS.records_since;
  newer.hidden = newer.textContent === "";
}

function start() {
  compareWithNewest();
  if (DATA.empty) return;
  offer(byId("codes"), codes);
  byId("code").addEventListener("change", choice);
  byId("code").addEventListener("focus", (event) => event.target.select());
  addEventListener("hashchange", follow);
  const first = codeInAddress() || DATA.first;
  if (first) {
    byId("code").value = first;
    showCode(first);
    if (codeInAddress()) byId("trend").scrollIntoView();
  }
  if (DATA.ages.length) showAges();
  if (DATA.outcomes.length) showOutcomes();
  byId("report").addEventListener("change", (event) => choose(event.target.value));
  byId("filter").addEventListener("input", () => { chosen.most = STEP; fill(); });
  byId("download").addEventListener("click", download);
  choose(byId("report").value);
}

start();
