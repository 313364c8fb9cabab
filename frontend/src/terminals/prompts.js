// Where the prompts of a shell with integration are (OSC 133), and what its commands wrote.

export class Prompts {
  constructor(xterm) {
    this.xterm = xterm;
    this.commands = [];
    this.at = undefined;
    // who types is at the last prompt again
    xterm.onData(() => { this.at = undefined; });
  }

  /** Takes what follows `133;`, and says it with the line that was typed, unless the shell has said that. */
  mark(osc) {
    if (this.xterm.buffer.active.type !== "normal") return osc;
    const [kind, code] = osc.split(";");
    if (kind === "A") this.begin();
    const command = this.commands.at(-1);
    if (!command) return osc;
    if (kind === "B") command.typing = this.place();
    if (kind === "C") command.output = this.place();
    if (kind === "D" && command.output && !command.end) {
      command.end = this.place();
      if (code) this.decorate(command, code === "0" ? "ok" : "failed");
    }
    return osc === "C" ? `C;cmdline_url=${encodeURIComponent(this.line(command))}` : osc;
  }

  /** What was typed at a prompt. */
  line({ typing, output }) {
    if (!typing || typing.marker.isDisposed) return "";
    const end = { line: output.marker.line, column: output.column };
    return this.text(typing.marker.line, end, typing.column);
  }

  begin() {
    // a shell that draws its prompt again has not begun another command
    const last = this.commands.at(-1);
    if (last && !last.output) this.commands.pop();
    this.commands = this.commands.filter(({ prompt }) => !prompt.marker.isDisposed);
    this.commands.push({ prompt: this.place() });
  }

  place() {
    return { marker: this.xterm.registerMarker(0), column: this.xterm.buffer.active.cursorX };
  }

  decorate({ prompt }, state) {
    const decoration = this.xterm.registerDecoration({ marker: prompt.marker, width: 1, layer: "top" });
    decoration?.onRender((element) => {
      element.classList.add("prompt-mark");
      element.dataset.state = state;
    });
  }

  /** The screen begins anew. */
  forget() {
    for (const places of this.commands) {
      for (const { marker } of Object.values(places)) marker.dispose();
    }
    this.commands = [];
    this.at = undefined;
  }

  /** Shows the prompt that is so many further; the last one is where typing goes. */
  jump(by) {
    const there = this.commands.filter(({ prompt }) => !prompt.marker.isDisposed);
    if (!there.length) return;
    const from = this.at ?? there.length - 1;
    this.at = Math.min(Math.max(from + by, 0), there.length - 1);
    const { line } = there[this.at].prompt.marker;
    this.xterm.scrollToLine(line);
    this.xterm.selectLines(line, line);
  }

  /** What the last command wrote, as far as it is kept; empty when nothing is known. */
  lastOutput() {
    const command = this.commands.findLast(({ output }) => output && !output.marker.isDisposed);
    if (!command) return "";
    const { active } = this.xterm.buffer;
    const end = command.end && !command.end.marker.isDisposed
      ? { line: command.end.marker.line, column: command.end.column }
      : { line: active.baseY + active.cursorY, column: active.cursorX };
    return this.text(command.output.marker.line, end);
  }

  text(first, end, column = 0) {
    const buffer = this.xterm.buffer.normal;
    const lines = [];
    for (let y = first; y <= end.line; y += 1) {
      const line = buffer.getLine(y);
      if (!line || (y === end.line && end.column === 0)) break;
      const goesOn = buffer.getLine(y + 1)?.isWrapped && y < end.line;
      const text = line.translateToString(!goesOn, y === first ? column : 0, y === end.line ? end.column : undefined);
      if (line.isWrapped && lines.length) lines.push(lines.pop() + text);
      else lines.push(text);
    }
    return lines.join("\n");
  }
}

