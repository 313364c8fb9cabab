import { expect, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

test("a terminal is recorded and looked at again", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  const terminal = new Terminal(page);
  const replay = page.getByRole("region", { name: "Player" });
  const screen = async () => {
    const texts = await replay.locator(".xterm-rows > div").allTextContents();
    return texts.map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n").trimEnd();
  };

  await test.step("what is typed in a terminal that is recorded is kept", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByRole("button", { name: "Open terminal" }).click();
    await terminal.ready();
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await expect(page.getByText("Recording", { exact: false }).first()).toBeVisible();
    await expect(page.getByRole("img", { name: "recording" })).toBeVisible();
    await terminal.focus();
    expect(await terminal.run("echo a-$((6 * 7))-needle")).toMatch(/^a-42-needle$/m);
    await shoot(page, "terminal-recorded");
    await terminal.run("seq 60");
    await page.getByRole("button", { name: "Stop recording" }).click();
    await expect(page.getByRole("button", { name: "Record", exact: true })).toBeVisible();
    await expect(page.getByRole("img", { name: "recording" })).toBeHidden();
    await terminal.focus();
    await terminal.run("echo not-recorded");
  });

  await test.step("a player shows it", async () => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Recordings" }).click();
    await page.getByRole("link", { name: "Terminal 1" }).click();
    await expect(page.getByRole("heading", { name: "Recording of Terminal 1" })).toBeVisible();
    await replay.getByRole("combobox", { name: "Speed" }).selectOption("8");
    await replay.getByRole("button", { name: "Play" }).click();
    await expect.poll(screen, { timeout: 30_000 }).toMatch(/^60$/m);
    await expect(replay.getByRole("button", { name: "Play" })).toBeVisible({ timeout: 30_000 });
    expect(await screen()).not.toContain("not-recorded");
    await shoot(page, "recording");
  });

  await test.step("keys play, pause and go", async () => {
    await replay.focus();
    await page.keyboard.press("Home");
    await expect(replay.getByText(/^00:00 of /)).toBeVisible();
    await expect.poll(screen).not.toMatch(/^60$/m);
    await page.keyboard.press("Space");
    await expect(replay.getByRole("button", { name: "Pause" })).toBeVisible();
    await page.keyboard.press("Space");
    await expect(replay.getByRole("button", { name: "Play" })).toBeVisible();
    await page.keyboard.press("End");
    await expect.poll(screen).toMatch(/^60$/m);
  });

  await test.step("a search jumps to what it found", async () => {
    await page.getByRole("searchbox", { name: "Find in this recording" }).fill("A-42-NEEDLE");
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Found" }).getByRole("button").first().click();
    await expect.poll(screen).toMatch(/^a-42-needle$/m);
    expect(await screen()).not.toMatch(/^60$/m);
    await page.getByRole("searchbox").fill("nowhere at all");
    await page.keyboard.press("Enter");
    await expect(page.getByText("It was not written.")).toBeVisible();
  });

  await test.step("all recordings are searched, and one is downloaded", async () => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Recordings" }).click();
    await shoot(page, "recordings");
    await page.getByRole("searchbox", { name: "Find in all recordings" }).fill("needle");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: /a-42-needle/ }).last().click();
    await expect.poll(screen).toMatch(/^a-42-needle$/m);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download (asciicast)" }).click();
    expect((await download).suggestedFilename()).toMatch(/^terminal-1-.*\.cast$/);
  });

  await test.step("it is removed once that is confirmed", async () => {
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(page.getByText("No terminal was recorded yet.")).toBeVisible();
  });

  expect(complaints).toEqual([]);
});
