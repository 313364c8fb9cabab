import { expect, type Page } from "@playwright/test";

/** The prompt of a shell in the home folder. */
const PROMPT = /~ \$\s*$/;

/** A terminal on a page, used by keyboard and eyes. */
export class Terminal {
  constructor(private readonly page: Page) {}

  /** What is on the screen, without the empty lines below. */
  async screen(): Promise<string> {
    const rows = await this.page.locator(".xterm-rows > div").allTextContents();
    return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n").trimEnd();
  }

  /** Waits until the shell can take a line. */
  async ready(timeout = 60_000) {
    await expect.poll(() => this.screen(), { timeout }).toMatch(PROMPT);
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
}
