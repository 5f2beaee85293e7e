"use strict";
// The page is whole without this: it adds sorting and the switch between dark and light.

const THEME = "imagematrix-theme";

function remembered() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null; // a browser may keep nothing for files
  }
}

function remember(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // It holds until the page is closed.
  }
}

// In the head, before anything is drawn, so that the page does not flash.
if (["dark", "light"].includes(remembered())) document.documentElement.dataset.theme = remembered();

function themes() {
  const button = document.getElementById("theme");
  const machine = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : machine.matches;
  };
  const show = () => button.setAttribute("aria-pressed", String(dark()));
  button.hidden = false;
  button.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember(theme);
    show();
  });
  machine.addEventListener("change", show);
  show();
}

// What a cell is sorted by: its figure, else its words; a cell that has a figure in other rows sorts last.
function key(row, index) {
  const cell = row.cells[index];
  return cell.dataset.sort === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.sort);
}

function compare(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? a - b : a.localeCompare(b);
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows].map((row) => [key(row, index), row]);
      const numbers = rows.some(([value]) => typeof value === "number");
      rows.sort(([a], [b]) => {
        const order = compare(a, b);
        const mixed = numbers && typeof a !== typeof b;
        return up || mixed ? order : -order;
      });
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}

// A link to an image opens it.
function unfold() {
  const target = /^#image-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (target) {
    target.open = true;
    target.scrollIntoView();
  }
}

addEventListener("DOMContentLoaded", () => {
  themes();
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  unfold();
  addEventListener("hashchange", unfold);
});
