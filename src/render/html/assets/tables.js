// Tables that sort, and the one search that filters all of the page.
"use strict";

document.documentElement.classList.add("js");

const byId = (id) => document.getElementById(id);
const collator = new Intl.Collator("en", { numeric: true });

function element(name, text, classes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (classes) made.className = classes;
  return made;
}

const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

function sortBy(table, heading, column) {
  const descending = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, key: row.cells[column].textContent }));
  rows.sort((a, b) => collator.compare(a.key, b.key) * (descending ? -1 : 1));
  body.append(...rows.map((each) => each.row));
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = element("button", heading.textContent);
    button.type = "button";
    button.addEventListener("click", () => sortBy(table, heading, column));
    heading.replaceChildren(button);
  });
}

for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);

// What the search looks through: rows of tables and findings, and what lists register with it.
const search = {
  items: Array.from(document.querySelectorAll("article.finding, table.searchable > tbody > tr"),
    (node) => ({ node, text: node.textContent.toLowerCase() })),
  groups: Array.from(document.querySelectorAll("details.table, div.namespace")),
  wasOpen: null,
  lists: [], // functions that take the words and return how many matched
};

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const hasAll = (text, wanted) => wanted.every((word) => text.includes(word));

// A table without a match is folded away; those with one are opened, and closed again afterwards.
function showGroups(searching) {
  search.wasOpen ??= new Map(search.groups.map((group) => [group, group.open]));
  for (const group of search.groups) {
    const empty = searching && !group.querySelector("tbody > tr:not([hidden])");
    group.hidden = empty;
    if (group.tagName === "DETAILS") group.open = searching || search.wasOpen.get(group);
  }
  if (!searching) search.wasOpen = null;
}

function find(text) {
  const wanted = words(text);
  let matches = 0;
  for (const item of search.items) {
    const matching = hasAll(item.text, wanted);
    item.node.hidden = !matching;
    if (matching) matches += 1;
  }
  for (const list of search.lists) matches += list(wanted);
  showGroups(wanted.length > 0);
  byId("found").textContent = wanted.length ? plural(matches, "match", "matches") : "";
}

const field = byId("search");
if (field) {
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => find(field.value), 120);
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    find(field.value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    find("");
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

// What is folded on the screen is wanted on paper.
let foldedForPrint = [];
window.addEventListener("beforeprint", () => {
  foldedForPrint = Array.from(document.querySelectorAll("details:not([open])"));
  for (const each of foldedForPrint) each.open = true;
});
window.addEventListener("afterprint", () => {
  for (const each of foldedForPrint) each.open = false;
});
