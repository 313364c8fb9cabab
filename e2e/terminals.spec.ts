import { expect, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

/**
 * What asks a terminal for something: who it is, what its window is called, how it is set, what was copied;
 * and what a page must not take for its own.
 */
const QUESTIONS = String.raw`\005\e]2;ev''il;id\a\e[21t\e[20t\eP$q"p\e\\\eP$qm\e\\\eP+q544e\e\\\e]52;c;?\a<img src=x id=evil>`;

test("terminals by a person in a browser", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const copy = (text: string) => page.evaluate((text) => navigator.clipboard.writeText(text), text);
  const terminal = new Terminal(page);

  await test.step("a terminal opens, and runs what is typed", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByRole("button", { name: "Open terminal" }).click();
    await terminal.ready();
    expect(await terminal.run("echo $((6 * 7))")).toMatch(/^42$/m);
    await expect(page.getByText("Connected", { exact: true })).toBeVisible();
    await expect(page.getByText(/^(\d+|<1) ms$/)).toBeVisible();
  });

  await test.step("a shell with marks tells how commands end, and gives their output", async () => {
    await terminal.run("seq 40");
    await expect(page.getByText("Succeeded")).toBeVisible();
    await page.getByRole("button", { name: "Copy last output" }).click();
    await expect.poll(async () => (await copied()).split("\n").length).toBe(40);
    await terminal.run("(exit 3)");
    await expect(page.getByText("Exit code 3")).toBeVisible();
  });

  await test.step("a search finds, counts and closes", async () => {
    await terminal.run("seq 40");
    await page.keyboard.press("Control+Shift+F");
    const text = page.getByRole("textbox", { name: "Find in the terminal" });
    await text.fill("39");
    await expect(page.getByText(/^\d+ of \d+$/)).toBeVisible();
    await text.fill("nowhere");
    await expect(page.getByText("Not found")).toBeVisible();
    await shoot(page, "terminal-search");
    await page.keyboard.press("Escape");
    await expect(text).toBeHidden();
    expect(await terminal.run("echo back")).toMatch(/^back$/m);
  });

  await test.step("lines that would run at once are shown before they are pasted", async () => {
    // bash takes a paste in brackets, and cat does not
    await terminal.start("echo started; cat");
    await expect.poll(() => terminal.screen()).toMatch(/^started$/m);
    await copy("one\ntwo\n");
    await page.keyboard.press("Control+Shift+V");
    const dialog = page.getByRole("dialog", { name: "Paste 2 lines that run at once?" });
    await expect(dialog.getByText("one\ntwo")).toBeVisible();
    await dialog.getByRole("button", { name: "Paste" }).click();
    await expect.poll(() => terminal.screen()).toMatch(/two\n(.*\n)*two/);
    await page.keyboard.press("Control+d");
    await terminal.ready();
  });

  await test.step("a split has two beside each other, and the keyboard goes between them", async () => {
    await page.keyboard.press("Control+Shift+D");
    const right = new Terminal(page, "Terminal 2");
    await right.ready();
    expect(await right.run("echo to the right")).toMatch(/^to the right$/m);
    const divider = page.getByRole("separator");
    await divider.focus();
    await page.keyboard.press("ArrowLeft");
    await expect(divider).toHaveAttribute("aria-valuenow", "45");
    await right.focus();
    await page.keyboard.press("Control+Shift+ArrowLeft");
    const left = new Terminal(page, "Terminal 1");
    expect(await left.run("echo to the left")).toMatch(/^to the left$/m);
    await shoot(page, "terminals");
  });

  await test.step("a reload brings both screens back", async () => {
    await page.reload();
    const [left, right] = [new Terminal(page, "Terminal 1"), new Terminal(page, "Terminal 2")];
    await left.ready();
    expect(await left.screen()).toMatch(/^to the left$/m);
    await expect.poll(() => right.screen()).toMatch(/^to the right$/m);
    await page.getByRole("button", { name: "Close split" }).last().click();
    await expect(page.getByRole("separator")).toBeHidden();
    await expect(page.getByRole("link", { name: "Terminal 2" })).toBeVisible();
  });

  await test.step("without a network nothing is lost, nor typed twice", async () => {
    await terminal.focus();
    await terminal.start("for n in $(seq 30); do echo line $n; sleep 0.1; done");
    await expect.poll(() => terminal.screen()).toMatch(/^line 5$/m);
    await context.setOffline(true);
    await expect.poll(() => page.evaluate(() => navigator.onLine)).toBe(false);
    await context.setOffline(false);
    await terminal.ready();
    const lines = [...(await terminal.screen()).matchAll(/^line (\d+)$/gm)].map(([, n]) => Number(n));
    expect(lines).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    await context.setOffline(true);
    await page.keyboard.type("echo one $((1 + 1)) three");
    await context.setOffline(false);
    await page.keyboard.press("Enter");
    await expect.poll(() => terminal.screen()).toMatch(/^one 2 three$/m);
    const screen = await terminal.screen();
    expect(screen.match(/^one 2 three$/gm)).toHaveLength(1);
  });

  await test.step("nothing that a program draws types what it likes, or becomes a part of the page", async () => {
    await copy("copied secret");
    const ask = `printf '${QUESTIONS}'; read -rst 1 -n 500 -d '' answer; printf '\\nanswer=%q\\n' "$answer"`;
    const screen = await terminal.run(ask);
    expect(screen).toMatch(/^answer=/m);
    const answer = screen.slice(screen.lastIndexOf("answer="));
    expect(answer).not.toMatch(/evil|il;id|secret/);
    expect(await page.locator("#evil").count()).toBe(0);
    // and what was written before a page came asks it nothing
    await page.reload();
    await terminal.ready();
    expect(await terminal.run("echo clean")).toMatch(/^~ \$ echo clean\nclean$/m);
  });

  await test.step("a key leaves the terminal for its tab", async () => {
    await page.keyboard.press("Control+Shift+;");
    await expect(page.getByRole("link", { name: "Terminal 1" })).toBeFocused();
  });

  await test.step("another name stays", async () => {
    await page.getByRole("link", { name: "Terminal 1" }).dblclick();
    await page.getByRole("textbox", { name: "Name of the terminal" }).fill("Build");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("link", { name: "Build" })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("link", { name: "Build" })).toBeVisible();
  });

  await test.step("one that ended keeps its last screen, and says how it ended", async () => {
    await terminal.ready();
    await terminal.start("echo the last words; exit 3");
    await expect(page.locator(".time-left")).toContainText("Its shell ended with exit code 3.");
    await page.reload();
    await expect.poll(() => terminal.screen()).toMatch(/^the last words$/m);
    await expect(page.getByText("The shell ended with exit code 3.")).toBeVisible();
  });

  expect(complaints).toEqual([]);
});
