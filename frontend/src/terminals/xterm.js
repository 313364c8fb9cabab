// Loads xterm.js when a terminal is first shown, and draws one terminal with it.
let loading;

export function preload() {
  const folder = document.querySelector('meta[name="xterm"]').content.replace(/\/$/, "");
  const sheet = () => new Promise((loaded, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}/xterm.css` });
    link.onload = loaded;
    link.onerror = () => failed(new Error("xterm.css cannot be loaded"));
    document.head.append(link);
  });
  loading ??= Promise.all([
    import(`${folder}/xterm.mjs`),
    import(`${folder}/addon-fit.mjs`),
    sheet(),
    // Without its font a terminal still works, in the system's.
    document.fonts.load('14px "JetBrains Mono Variable"').catch(() => []),
  ]);
  loading.catch(() => { loading = undefined; });
  return loading;
}

export async function show(host, onInput, onResize) {
  const [{ Terminal }, { FitAddon }] = await preload();
  return new Screen(host, Terminal, new FitAddon(), onInput, onResize);
}

export class Screen {
  constructor(host, Terminal, fit, onInput, onResize) {
    this.host = host;
    this.xterm = new Terminal({
      fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
      fontSize: 14,
      cursorBlink: true,
      minimumContrastRatio: 4.5,
      screenReaderMode: true,
      scrollback: 10000,
    });
    this.xterm.loadAddon(fit);
    this.paint();
    this.xterm.open(host);
    fit.fit();
    this.xterm.onData((text) => onInput(new TextEncoder().encode(text)));
    this.xterm.onBinary((text) => onInput(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    this.xterm.onResize(({ cols, rows }) => onResize(cols, rows));
    this.resized = new ResizeObserver(() => host.clientHeight && fit.fit());
    this.resized.observe(host);
    this.themed = new MutationObserver(() => this.paint());
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this.paint();
    this.system.addEventListener("change", this.repaint);
  }
  paint() {
    const { color, backgroundColor } = getComputedStyle(this.host);
    this.xterm.options.theme = { background: backgroundColor, foreground: color, cursor: color };
  }
  write(bytes, parsed) { this.xterm.write(bytes, parsed); }
  reset() { this.xterm.reset(); }
  focus() { this.xterm.focus(); }
  get cols() { return this.xterm.cols; }
  get rows() { return this.xterm.rows; }
  close() {
    this.resized.disconnect();
    this.themed.disconnect();
    this.system.removeEventListener("change", this.repaint);
    this.xterm.dispose();
  }
}
