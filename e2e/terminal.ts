import { expect, type Locator, type Page } from "@playwright/test";

/** The prompt of a shell in the home folder. */
const PROMPT = /~ \$\s*$/;

/** A terminal on a page, used by keyboard and eyes. */
export class Terminal {
  private readonly pane: Locator;

  /** The one that is used, or the one of that name. */
  constructor(
    private readonly page: Page,
    name?: string,
  ) {
    this.pane = name ? page.getByRole("region", { name, exact: true }) : page.locator(".pane[data-active]");
  }

  /** What is on the screen, without the empty lines below. */
  async screen(): Promise<string> {
    // a graphics card draws pixels, which only the text for screen readers tells
    const rows = this.pane.locator((await this.isDrawn()) ? ".xterm-rows > div" : ".xterm-accessibility-tree > div");
    const texts = await rows.allTextContents();
    return texts.map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n").trimEnd();
  }

  /** The rows as they are drawn, with their styles and without the cursor and the empty ends. */
  async drawing(): Promise<string[]> {
    return this.pane.locator(".xterm-rows > div").evaluateAll((rows) =>
      rows.map((row) => {
        const runs: { style: string; text: string }[] = [];
        for (const cell of row.children) {
          const cursor = /\bxterm-cursor\S*\s?/g;
          const style = `${cell.className.replaceAll(cursor, "").trim()} ${cell.getAttribute("style") ?? ""}`.trim();
          const last = runs.at(-1);
          if (last?.style === style) last.text += cell.textContent;
          else runs.push({ style, text: cell.textContent ?? "" });
        }
        const end = runs.at(-1);
        if (end?.style === "") end.text = end.text.trimEnd();
        return runs.map(({ style, text }) => (style ? `<${style}>${text}</>` : text)).join("");
      }),
    );
  }

  /** How many rows are drawn. */
  async rows(): Promise<number> {
    return this.pane.locator(".xterm-rows > div").count();
  }

  /** Waits until the shell can take a line. */
  async ready(timeout = 60_000) {
    await this.readable();
    await expect.poll(() => this.screen(), { timeout }).toMatch(PROMPT);
  }

  /** Takes the keyboard. */
  async focus() {
    await this.pane.getByRole("textbox", { name: "Terminal input" }).focus();
  }

  /** Types a line, and returns what is on the screen when its command has ended. */
  async run(line: string, timeout = 60_000): Promise<string> {
    await this.start(line);
    await this.ready(timeout);
    return this.screen();
  }

  /** Types a line on an empty screen, and leaves its command running. */
  async start(line: string) {
    await this.page.keyboard.press("Control+l");
    await expect.poll(async () => (await this.screen()).split("\n").length).toBe(1);
    await this.page.keyboard.type(line);
    // the prompt must be gone from the end before its return can mean that the command ended
    const typed = line.replaceAll(/\s/g, "");
    await expect.poll(async () => (await this.screen()).replaceAll(/\s/g, "")).toContain(typed);
    await this.page.keyboard.press("Enter");
  }

  private async isDrawn(): Promise<boolean> {
    return (await this.pane.locator(".xterm-rows").count()) > 0;
  }

  /** Turns the screen reader's mode on where there is no other text. */
  private async readable() {
    await this.pane.locator(".xterm-screen").waitFor();
    const hasText = (await this.isDrawn()) || (await this.pane.locator(".xterm-accessibility-tree").count()) > 0;
    if (hasText) return;
    await this.focus();
    await this.page.keyboard.press("Control+Shift+S");
    await this.pane.locator(".xterm-accessibility-tree").waitFor();
  }
}
