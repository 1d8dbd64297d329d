// Handles on a portrait: dragged by pointer or arrow keys, shown live, undone and redone. What is sent are the numbers in the table,
// so the page without a script says the same.
// @ts-check
import { drawPulled, layApart } from "./drag_points.js";

/** @typedef {Record<string, [number, number]>} Ways how far each handle is dragged, in pixels of the picture */

const FACE_SHARE = 0.6; // of the pane, from hairline to chin
const ZOOM_MIN = 1.3;
const ZOOM_MAX = 6;

const form = document.querySelector("form[data-drag]");
if (form instanceof HTMLFormElement) begin(form);

/** @param {HTMLFormElement} form */
async function begin(form) {
  const { handles, limits, width, height } = JSON.parse(form.dataset.drag ?? "{}");
  const canvas = form.querySelector("canvas"), board = form.querySelector(".casting-board"), picture = form.querySelector("img");
  const context = canvas?.getContext("2d", { willReadFrequently: true });
  if (!canvas || !context || !(board instanceof HTMLElement) || !picture) return;
  await picture.decode();
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const scale = picture.naturalWidth / width;
  context.drawImage(picture, 0, 0);
  const source = context.getImageData(0, 0, canvas.width, canvas.height), target = context.createImageData(canvas.width, canvas.height);
  const apart = layApart(source, await layersOf(form.dataset.layers ?? "", canvas.width, canvas.height));
  const buttons = new Map([...form.querySelectorAll("[data-handle]")].map((one) => [one instanceof HTMLElement ? one.dataset.handle ?? "" : "", /** @type {HTMLButtonElement} */ (one)]));
  /** @type {Ways} */ let ways = readNumbers();
  /** @type {Ways[]} */ const past = [], /** @type {Ways[]} */ future = [];
  const kept = JSON.stringify(ways);
  let isAsked = false, isComparing = false, isSent = false;
  const pane = board.parentElement;
  let paneWidth = 0;
  if (pane) new ResizeObserver(() => {
    if (pane.offsetWidth === paneWidth) return;
    paneWidth = pane.offsetWidth;
    openOnFace(pane);
  }).observe(pane);

  /** On a small face the handles would lie upon each other: its pane is a window then, as large as the whole picture would be. */
  function openOnFace(/** @type {HTMLElement} */ pane) {
    const [low, high] = [Math.min, Math.max].map((end) => [0, 1].map((axis) => end(...Object.values(handles).map((at) => at[axis]))));
    const zoom = Math.min(ZOOM_MAX, (FACE_SHARE * width) / (high[0] - low[0]), (FACE_SHARE * height) / (high[1] - low[1]));
    if (board instanceof HTMLElement && zoom > ZOOM_MIN) {
      board.style.width = "";
      pane.style.maxHeight = `${board.clientHeight}px`;
      board.style.width = `${zoom * 100}%`;
    }
    pane.scrollLeft = ((low[0] + high[0]) / 2 / width) * pane.scrollWidth - pane.clientWidth / 2;
    pane.scrollTop = ((low[1] + high[1]) / 2 / height) * pane.scrollHeight - pane.clientHeight / 2;
  }

  function readNumbers() {
    /** @type {Ways} */ const found = {};
    for (const name of Object.keys(handles)) found[name] = within(name, [number(`${name}_right`), number(`${name}_down`)]);
    return found;
  }

  function number(/** @type {string} */ name) {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? Number(field.value.replace(",", ".")) || 0 : 0;
  }

  /** @param {string} name @param {[number, number]} way @returns {[number, number]} */
  function within(name, [right, down]) {
    const share = Math.min(1, (limits[name].far - 0.1) / Math.max(Math.hypot(right, down), 1e-9));
    return [Math.round(right * share * 10) / 10, Math.round(down * share * 10) / 10];
  }

  /** What is dragged is looked at: the comparison ends. */
  function stopComparing() {
    if (!isComparing) return;
    isComparing = false;
    form.querySelector("[data-compare]")?.setAttribute("aria-pressed", "false");
    show();
  }

  function show() {
    for (const [name, button] of buttons) {
      const [right, down] = ways[name];
      button.style.left = `${((handles[name][0] + right) / width) * 100}%`;
      button.style.top = `${((handles[name][1] + down) / height) * 100}%`;
      button.classList.toggle("is-moved", Boolean(right || down));
      for (const [axis, value] of /** @type {const} */ ([["right", right], ["down", down]])) {
        const field = form.elements.namedItem(`${name}_${axis}`);
        if (field instanceof HTMLInputElement && field !== document.activeElement) field.value = value ? String(value) : "";
      }
    }
    for (const [name, list] of /** @type {const} */ ([["undo", past], ["redo", future]])) {
      const button = form.querySelector(`[data-${name}]`);
      if (button instanceof HTMLButtonElement) button.disabled = !list.length;
    }
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    isAsked = false;
    const pulls = Object.entries(ways).map(([name, [right, down]]) => ({ x: handles[name][0] * scale, y: handles[name][1] * scale, right: right * scale, down: down * scale, reach: scaled(limits[name], scale) }));
    drawPulled(source, apart, target, isComparing ? [] : pulls);
    context?.putImageData(target, 0, 0);
    board?.setAttribute("data-drawn", JSON.stringify(ways));
  }

  /** @param {Ways} next */
  function go(next) {
    stopComparing();
    past.push(ways);
    future.length = 0;
    ways = next;
    show();
  }

  for (const [name, button] of buttons) {
    button.hidden = false;
    button.addEventListener("pointerdown", (down) => {
      button.setPointerCapture(down.pointerId);
      stopComparing();
      const before = ways, unit = width / board.getBoundingClientRect().width;
      const move = (/** @type {PointerEvent} */ event) => {
        ways = { ...before, [name]: within(name, [before[name][0] + (event.clientX - down.clientX) * unit, before[name][1] + (event.clientY - down.clientY) * unit]) };
        show();
      };
      button.addEventListener("pointermove", move);
      button.addEventListener("lostpointercapture", () => {
        button.removeEventListener("pointermove", move);
        if (ways === before) return;
        const after = ways;
        ways = before;
        go(after);
      }, { once: true });
    });
    button.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1;
      go({ ...ways, [name]: within(name, [ways[name][0] + way[0] * far, ways[name][1] + way[1] * far]) });
    });
  }
  form.addEventListener("input", () => go(readNumbers()));
  form.addEventListener("submit", () => { isSent = true; });
  addEventListener("pageshow", () => { isSent = false; }); // back from the answer, with what was dragged
  addEventListener("beforeunload", (event) => {
    if (!isSent && JSON.stringify(ways) !== kept) event.preventDefault(); // the browser asks, in its own words
  });
  document.addEventListener("keydown", (event) => {
    const name = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
    if (!name || !(event.ctrlKey || event.metaKey) || event.target instanceof HTMLInputElement) return; // in a field the keys undo typing
    event.preventDefault();
    form.querySelector(`[data-${name}]`)?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  });
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if ("undo" in button.dataset && past.length) [ways] = [/** @type {Ways} */ (past.pop()), future.push(ways)];
    else if ("redo" in button.dataset && future.length) [ways] = [/** @type {Ways} */ (future.pop()), past.push(ways)];
    else if ("reset" in button.dataset) go(Object.fromEntries(Object.keys(ways).map((name) => [name, [0, 0]])));
    else if ("compare" in button.dataset) button.setAttribute("aria-pressed", String((isComparing = !isComparing)));
    else return;
    show();
  });
  canvas.hidden = false;
  const undo = form.querySelector(".casting-undo");
  if (undo instanceof HTMLElement) undo.hidden = false;
  show();
}

/** @param {import("./drag_points.js").Reach} reach @param {number} scale */
function scaled({ along, above, below, lean }, scale) {
  return { along: along * scale, above: above * scale, below: below * scale, lean };
}

/** The server's sheet of what moves and what lies behind it; null where there is none. @param {string} address @param {number} width @param {number} height */
async function layersOf(address, width, height) {
  const sheet = new Image();
  sheet.src = address;
  try {
    await sheet.decode();
  } catch {
    return null; // a face looked at by an older version has no sheet
  }
  const context = new OffscreenCanvas(width, 2 * height).getContext("2d");
  context?.drawImage(sheet, 0, 0, width, 2 * height);
  return context?.getImageData(0, 0, width, 2 * height) ?? null;
}
