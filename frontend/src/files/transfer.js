// Files between the browser and the server: what is dropped or chosen, sent with progress, and saved.

/** Sends a file; `progress` is told of bytes. Resolves to the status and what was answered. */
export function put(url, file, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve) => {
    const answer = () => resolve([request.status, request.responseText]);
    request.upload.addEventListener("progress", ({ loaded }) => progress(loaded));
    for (const end of ["load", "error", "abort", "timeout"]) request.addEventListener(end, answer);
  });
  request.open("PUT", url);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(file);
  return { done: () => done, abort: () => request.abort() };
}

/** Has the browser save what an address of ours gives. */
export function save(url) {
  const link = Object.assign(document.createElement("a"), { href: url, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Lets the person choose files; resolves to pairs of a path and a file. */
export function choose() {
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  return new Promise((resolve) => {
    const chosen = () => resolve([...input.files].map((file) => [file.name, file]));
    input.addEventListener("change", chosen);
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

/**
 * Watches what is dragged over an element and dropped on it. `over` is told whether files are above it,
 * `dropped` gets pairs of a path and a file, or of a path and nothing for a folder.
 */
export function watchDrops(element, over, dropped) {
  const ended = new AbortController();
  let depth = 0;
  const on = (name, act) => element.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    // xterm.js would paste it
    event.stopPropagation();
    act(event);
  }, { capture: true, signal: ended.signal });
  on("dragenter", () => { depth += 1; over(true); });
  on("dragover", (event) => { event.dataTransfer.dropEffect = "copy"; });
  on("dragleave", () => { depth -= 1; if (depth <= 0) { depth = 0; over(false); } });
  on("drop", async ({ dataTransfer }) => {
    depth = 0;
    over(false);
    dropped(await content(dataTransfer));
  });
  return { stop: () => ended.abort() };
}

/** More are not read: a folder with so many is not what somebody means to drop. */
const MOST = 10_000;

async function content(dataTransfer) {
  // they are there until the event has ended only
  const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push([entry.name, entry]);
    else if (entry) await walk(entry, found);
  }
  return found;
}

async function walk(entry, found) {
  if (found.length >= MOST) return;
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise((ok) => entry.file(ok, () => ok(undefined)));
    if (file) found.push([path, file]);
    return;
  }
  found.push([path, undefined]);
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((ok) => reader.readEntries(ok, () => ok([])));
    if (!some.length) return;
    for (const inner of some) await walk(inner, found);
  }
}
