// Loads xterm.js when a terminal is first shown, and draws one terminal with it.
import { palette } from "./palette.js";
import { Prompts } from "./prompts.js";

/** Dragging an edge makes many sizes; a program is told the one that stays so long. */
const SETTLED_MS = 60;

let loading;

export function preload() {
  const folder = document.querySelector('meta[name="xterm"]').content.replace(/\/$/, "");
  const sheet = () => new Promise((loaded, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}/xterm.css` });
    link.onload = loaded;
    link.onerror = () => failed(new Error("xterm.css cannot be loaded"));
    document.head.append(link);
  });
  const parts = ["xterm", "addon-fit", "addon-search", "addon-unicode11", "addon-web-links", "addon-webgl"];
  loading ??= Promise.all([
    ...parts.map((part) => import(`${folder}/${part}.mjs`)),
    sheet(),
    // Without its font a terminal still works, in the system's.
    document.fonts.load('14px "JetBrains Mono Variable"').catch(() => []),
  ]).then((all) => Object.assign({}, ...all.slice(0, parts.length)));
  loading.catch(() => { loading = undefined; });
  return loading;
}

export async function show(host, on, options) {
  return new Screen(host, await preload(), on, options);
}

/** Opens a web address beside the page, which it learns nothing of. */
function follow(uri) {
  const { protocol } = new URL(uri);
  if (protocol === "http:" || protocol === "https:") window.open(uri, "_blank", "noopener,noreferrer");
}

/** Where WebGL is computed without a card, elements are faster. */
function hasGraphicsCard() {
  const webgl = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!webgl) return false;
  const name = rendererOf(webgl);
  webgl.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|software/i.test(name);
}

function rendererOf(webgl) {
  const name = webgl.getParameter(webgl.RENDERER);
  // Chromium hides it behind an extension; to ask Firefox for that writes a warning
  const more = name === "WebKit WebGL" && webgl.getExtension("WEBGL_debug_renderer_info");
  return more ? webgl.getParameter(more.UNMASKED_RENDERER_WEBGL) : name;
}

export class Screen {
  constructor(host, parts, on, options) {
    this.host = host;
    this.on = on;
    this.ended = new AbortController();
    this.xterm = new parts.Terminal({
      allowProposedApi: true,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
      linkHandler: {
        activate: (_, uri) => follow(uri),
        // its text may say anything; where it leads is shown
        hover: (_, uri) => { host.title = uri; },
        leave: () => { host.removeAttribute("title"); },
      },
      minimumContrastRatio: 4.5,
      scrollback: 10000,
    });
    this.xterm.loadAddon(this.fit = new parts.FitAddon());
    this.xterm.loadAddon(this.search = new parts.SearchAddon());
    this.xterm.loadAddon(new parts.Unicode11Addon());
    this.xterm.loadAddon(new parts.WebLinksAddon((_, uri) => follow(uri)));
    this.xterm.unicode.activeVersion = "11";
    this.prompts = new Prompts(this.xterm);
    this.set(...options);
    this.paint();
    this.xterm.open(host);
    this.xterm.textarea.setAttribute("aria-description", "Ctrl+Shift+; leaves the terminal");
    this.draw(parts.WebglAddon);
    this.listen();
    this.watch();
  }

  /** Draws with the graphics card; without one, or when it is taken away, xterm.js draws with elements. */
  draw(WebglAddon) {
    if (!hasGraphicsCard()) return;
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    try {
      this.xterm.loadAddon(webgl);
    } catch {
      webgl.dispose();
    }
  }

  listen() {
    const { xterm, on, host } = this;
    xterm.onData((text) => on.data(new TextEncoder().encode(text)));
    xterm.onBinary((text) => on.data(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    xterm.onBell(() => on.bell());
    xterm.attachCustomKeyEventHandler((event) => !on.key(event));
    this.search.onDidChangeResults(({ resultIndex, resultCount }) => on.found(resultIndex, resultCount));
    for (const number of [7, 52, 133, 7717]) {
      xterm.parser.registerOscHandler(number, (text) => {
        on.osc(number, number === 133 ? this.prompts.mark(text) : text);
        return true;
      });
    }
    const options = { capture: true, signal: this.ended.signal };
    host.addEventListener("keydown", () => on.gesture(), options);
    host.addEventListener("pointerdown", () => on.gesture(), options);
    host.addEventListener("paste", (event) => {
      event.preventDefault();
      event.stopPropagation();
      on.paste(event.clipboardData?.getData("text/plain") ?? "", xterm.modes.bracketedPasteMode);
    }, options);
    // a selection may end anywhere on the page
    document.addEventListener("pointerup", () => {
      if (host.contains(document.activeElement) && xterm.hasSelection()) on.selected(xterm.getSelection());
    }, { signal: this.ended.signal });
  }

  watch() {
    let settling;
    this.resized = new ResizeObserver(() => {
      clearTimeout(settling);
      settling = setTimeout(() => this.tellRoom(), SETTLED_MS);
    });
    this.resized.observe(this.host);
    this.themed = new MutationObserver(() => this.paint());
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", () => this.paint(), { signal: this.ended.signal });
  }

  tellRoom() {
    const room = this.ended.signal.aborted ? undefined : this.room();
    if (room) this.on.room(...room);
  }

  /** The columns and rows that there is room for; none while it is not shown. */
  room() {
    if (!this.host.clientHeight) return undefined;
    const { cols, rows } = this.fit.proposeDimensions() ?? {};
    return cols > 0 && rows > 0 ? [cols, rows] : undefined;
  }

  paint() {
    const { theme, found } = palette(this.host);
    this.xterm.options.theme = theme;
    this.marks = found;
  }

  set(fontSize, servesScreenReader) {
    this.xterm.options.fontSize = fontSize;
    this.xterm.options.screenReaderMode = servesScreenReader;
    if (this.resized) this.tellRoom();
  }

  /** In the order of what was written: after all that waits to be parsed. */
  later(then) { this.xterm.write("", then); }
  write(bytes, parsed) { this.xterm.write(bytes, parsed); }
  reset() {
    // CAN ends whatever sequence a lost connection has cut
    this.xterm.write("\x18");
    this.later(() => {
      this.prompts.forget();
      this.xterm.reset();
    });
  }
  resize(cols, rows) {
    this.later(() => {
      this.xterm.resize(cols, rows);
      // drawing with elements shows again what was selected last, though it no longer is
      if (!this.xterm.hasSelection()) this.xterm.clearSelection();
    });
  }
  watchOnly(only) { this.xterm.options.disableStdin = only; }
  focus() { this.xterm.focus(); }
  selection() { return this.xterm.getSelection(); }
  paste(text) { this.xterm.paste(text); }
  /** Typing goes to the end of what was written. */
  toEnd() { this.xterm.scrollToBottom(); }
  get applicationMode() { return this.xterm.modes.applicationCursorKeysMode; }

  find(text, step) {
    const options = { decorations: this.marks, incremental: step === 0 };
    if (!text) this.forget();
    else if (step < 0) this.search.findPrevious(text, options);
    else this.search.findNext(text, options);
  }
  forget() {
    this.search.clearDecorations();
    this.xterm.clearSelection();
  }

  jump(by) { this.prompts.jump(by); }
  lastOutput() { return this.prompts.lastOutput(); }

  close() {
    this.ended.abort();
    this.resized.disconnect();
    this.themed.disconnect();
    this.xterm.dispose();
  }
}
