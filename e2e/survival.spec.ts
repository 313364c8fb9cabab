import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Browser, chromium, expect, type Page, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { given } from "./playwright.config";
import { freePort } from "./server";
import { Terminal } from "./terminal";

/** An editor that draws on all of the screen, coloured, whoever's settings the machine has. */
const VIM = "vim -u NONE -i NONE -n -c 'set number ruler hlsearch laststatus=2 noswapfile'";
/** More than the server keeps of what was written. */
const PAST_THE_RING = "seq 300000";

test("what a full-screen program drew comes back as it would draw it anew", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  const terminal = new Terminal(page);
  await opened(page, terminal);

  for (const [what, before] of [["a terminal that is new", "true"], ["one that has forgotten its beginning", PAST_THE_RING]]) {
    await test.step(`vim, in ${what}`, async () => {
      await terminal.run(`${before}; seq -f 'line %g: the quick brown fox, ünï 漢字 🦀' 300 >text`, 120_000);
      await terminal.start(`${VIM} text`);
      await expect.poll(() => terminal.screen()).toContain("Top");
      await page.keyboard.type("150Gzz/brown\n");
      await expect.poll(() => terminal.screen()).toContain("/brown");
      await page.keyboard.type("O\u00e9 inserted");
      await expect.poll(() => terminal.screen()).toContain("é inserted");
      await page.keyboard.press("Escape");
      await expect.poll(() => terminal.screen()).not.toContain("INSERT");
      await page.reload();
      await expect.poll(() => terminal.screen()).toContain("é inserted");
      const came = await terminal.drawing();
      await terminal.focus();
      await page.keyboard.press("Control+l");
      // what the editor answers to this key comes after all that the other one had it draw
      await page.keyboard.type(":echo 'drawn'\n");
      await expect.poll(() => terminal.screen()).toContain("drawn");
      const [fresh, ours] = [await terminal.drawing(), came].map(withoutLast);
      expect(ours).toEqual(fresh);
      await page.keyboard.type(":q!\n");
      await terminal.ready();
    });
  }

  await test.step("a storm of sizes ends in one that all agree on", async () => {
    await terminal.start(`${VIM} text`);
    await expect.poll(() => terminal.screen()).toContain("Top");
    for (let round = 0; round < 60; round += 1) {
      await page.setViewportSize({ width: 500 + ((round * 137) % 900), height: 400 + ((round * 89) % 500) });
    }
    await page.setViewportSize({ width: 1100, height: 800 });
    await page.keyboard.type(":echo 'sized ' . &columns . 'x' . &lines . '.'\n");
    await expect.poll(() => terminal.screen()).toMatch(/sized \d+x\d+\./);
    const [, columns, rows] = /sized (\d+)x(\d+)\./.exec(await terminal.screen())!.map(Number);
    expect(rows).toBe(await terminal.rows());
    const came = withoutLast(await terminal.drawing());
    await page.keyboard.press("Control+l");
    await page.keyboard.type(":echo 'drawn'\n");
    await expect.poll(() => terminal.screen()).toContain("drawn");
    expect(came).toEqual(withoutLast(await terminal.drawing()));
    await page.keyboard.type(":q!\n");
    await terminal.ready();
    // as wide as a line is before it goes on below
    const line = await terminal.run("stty size; head -c $((COLUMNS + 1)) /dev/zero | tr '\\0' x; echo");
    expect(line).toMatch(new RegExp(`^${rows} ${columns}\nx{${columns}}\nx$`, "m"));
  });

  expect(complaints).toEqual([]);
});

test("a terminal stays when its page goes back, has a double, or loses its browser", async ({ page, baseURL }) => {
  const terminal = new Terminal(page);
  await opened(page, terminal);

  await test.step("away and back", async () => {
    await terminal.run("marker=kept; echo before leaving");
    await page.goto("about:blank");
    await page.goBack();
    await terminal.ready();
    expect(await terminal.screen()).toMatch(/^before leaving$/m);
    await terminal.focus();
    expect(await terminal.run("echo $marker")).toMatch(/^kept$/m);
  });

  await test.step("away and back, with the page kept by the browser", async () => {
    // one that is started for tests keeps none
    const other = await OtherBrowser.start();
    try {
      const context = other.browser.contexts()[0];
      await context.addCookies(await page.context().cookies());
      const kept = await context.newPage();
      await kept.goto(page.url());
      const there = new Terminal(kept);
      await there.ready();
      await kept.evaluate(() => addEventListener("pageshow", (shown) => (document.title = `kept: ${shown.persisted}`)));
      await kept.goto(new URL("/api/v1/health", baseURL).href);
      await terminal.focus();
      await terminal.run("echo while it was away");
      await kept.evaluate(() => history.back());
      await expect(kept).toHaveTitle("kept: true");
      await expect.poll(() => there.screen()).toMatch(/^while it was away$/m);
      await there.focus();
      expect(await there.run("echo $marker")).toMatch(/^kept$/m);
    } finally {
      await other.kill();
    }
  });

  await test.step("a second tab sees the same, and both type in order", async () => {
    const second = await page.context().newPage();
    await second.goto(page.url());
    const double = new Terminal(second);
    await double.ready();
    await double.focus();
    await second.keyboard.type("echo one-");
    await expect.poll(() => terminal.screen()).toMatch(/echo one-$/);
    await page.bringToFront();
    await terminal.focus();
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await expect.poll(() => terminal.screen()).toMatch(/^one-two$/m);
    await expect.poll(() => double.screen()).toMatch(/^one-two$/m);
    await second.close();
  });

  await test.step("another browser is killed in the middle of it, and nothing is lost", async () => {
    const cookies = await page.context().cookies();
    const other = await OtherBrowser.start();
    try {
      const context = await other.browser.newContext({ baseURL });
      await context.addCookies(cookies);
      const theirs = await context.newPage();
      await theirs.goto(page.url());
      const there = new Terminal(theirs);
      await there.ready();
      await there.focus();
      await there.start("for n in $(seq 200); do echo tick $n; sleep 0.02; done");
      await expect.poll(() => there.screen()).toMatch(/^tick \d+$/m);
    } finally {
      await other.kill();
    }
    await page.reload();
    await terminal.ready();
    expect(await terminal.screen()).toMatch(/^tick 200$/m);
    await terminal.focus();
    expect(await terminal.run("echo $marker")).toMatch(/^kept$/m);
  });
});

async function opened(page: Page, terminal: Terminal) {
  await page.goto("/");
  await page.getByRole("button", { name: "Try it now" }).click();
  await page.getByRole("button", { name: "Open terminal" }).click();
  await terminal.ready();
}

/** Without the line on which an editor answers. */
function withoutLast(drawing: string[]): string[] {
  return drawing.slice(0, -1);
}

/** A browser whose process can be killed. */
class OtherBrowser {
  private constructor(
    readonly browser: Browser,
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {}

  static async start(): Promise<OtherBrowser> {
    const profile = await mkdtemp(join(tmpdir(), "mac-browser-"));
    const port = await freePort();
    const process = spawn(
      given("MANAGEACLOUD_BROWSER"),
      ["--headless", "--no-sandbox", "--disable-gpu", `--remote-debugging-port=${port}`, `--user-data-dir=${profile}`],
      { stdio: "ignore" },
    );
    const connect = () => chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    let browser: Browser | undefined;
    await expect
      .poll(async () => (browser = await connect().catch(() => undefined)) !== undefined)
      .toBe(true);
    return new OtherBrowser(browser!, process, profile);
  }

  /** As a person whose machine runs out of memory: it can say goodbye to nobody. */
  async kill() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
    // its own processes notice a moment later, and write until then
    await rm(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
