import { expect, type Page, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

/** A macfile launches an instance and waits until its load balancer trusts it. */
const MACFILE_MS = 180_000;

test("the first lesson, by a person who clicks", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  const terminal = new Terminal(page);

  await test.step("it is in the list, and opens beside a terminal", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByRole("link", { name: "Tutorials" }).click();
    await shoot(page, "tutorials");
    await page.getByRole("link", { name: "Two versions, one address" }).click();
    await expect(page.getByRole("heading", { name: "The terminal answers" })).toBeVisible();
    await terminal.ready();
    await shoot(page, "tutorial");
  });

  await test.step("a clicked command runs, and says how it ended", async () => {
    await page.getByRole("button", { name: "whoami" }).click();
    await expect(page.getByRole("button", { name: "whoami: Succeeded" })).toBeVisible();
    expect(await terminal.screen()).toMatch(/^user$/m);
  });

  await test.step("what a person has typed is in nobody's way", async () => {
    await terminal.focus();
    await page.keyboard.type("echo unfinished");
    await page.getByRole("button", { name: "mac --version" }).click();
    await expect(page.getByRole("button", { name: "mac --version: Succeeded" })).toBeVisible();
  });

  await test.step("nothing is typed into a program", async () => {
    await terminal.focus();
    await terminal.start("cat");
    await page.getByRole("button", { name: "whoami: Succeeded" }).click();
    await expect(page.getByRole("button", { name: "whoami: A program runs in the terminal." })).toBeVisible();
    expect((await terminal.screen()).trimEnd()).toMatch(/cat$/);
    await page.getByRole("button", { name: "Interrupt it and run" }).click();
    await expect(page.getByRole("button", { name: "whoami: Succeeded" })).toBeVisible();
  });

  await test.step("a task finds out by itself that it is done", async () => {
    await expect(task(page, "The terminal is signed in")).toContainText("Done.");
    await page.getByRole("button", { name: "Next step" }).click();
    await expect(page.getByRole("heading", { name: "Make version 7" })).toBeFocused();
    await expect(task(page, "Version 7-jre8 is ready")).toContainText("Nothing was made yet.");
    await page.getByRole("button", { name: /^mac -s infrastructure macfile/ }).click();
    await expect(task(page, "Version 7-jre8 is ready")).toContainText("Done.", { timeout: MACFILE_MS });
  });

  await test.step("a reload comes back to the step, the terminal and what is done", async () => {
    await page.reload();
    await expect(page.getByRole("heading", { name: "Make version 7" })).toBeVisible();
    await expect(task(page, "Version 7-jre8 is ready")).toContainText("Done.");
    expect(await terminal.screen()).toContain("Infrastructure created successfully.");
  });

  await test.step("what nobody does is solved", async () => {
    await page.getByRole("button", { name: "Next step" }).click();
    await page.getByRole("button", { name: "Solve it for me" }).click();
    await expect(task(page, "Version 8-jre8 is ready")).toContainText("Done.", { timeout: MACFILE_MS });
  });

  await test.step("a question is answered", async () => {
    const quiz = page.getByRole("group", { name: /Which version do visitors see/ });
    await quiz.getByRole("radio").first().check();
    await expect(quiz).toContainText("Not quite.");
    await quiz.getByRole("radio").nth(1).check();
    await expect(quiz).toContainText("Right.");
  });

  await test.step("the real button of the dashboard is shown, and pressing it does the task", async () => {
    await page.getByRole("button", { name: "Next step" }).click();
    const [dashboard] = await Promise.all([
      context.waitForEvent("page"),
      page.getByRole("link", { name: "Promote 8-jre8" }).click(),
    ]);
    const promote = dashboard.getByRole("button", { name: "Promote 8-jre8" });
    await expect(promote).toBeFocused();
    await shoot(dashboard, "tutorial-spotlight");
    await promote.press("Enter");
    await expect(dashboard.getByText("The address leads to 8-jre8.")).toBeVisible();
    await dashboard.close();
    await expect(task(page, "Version 8-jre8 was promoted")).toContainText("Done.");
  });

  await test.step("in Spanish, with the same commands", async () => {
    await page.getByRole("link", { name: "Español" }).click();
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Two versions, one address");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });

  await test.step("and anew", async () => {
    await page.locator(".tutorial-steps > summary").click();
    await page.getByRole("button", { name: "Start anew" }).click();
    await page.getByRole("button", { name: "Yes, start anew" }).click();
    await expect(page.getByRole("heading", { name: "The terminal answers" })).toBeVisible();
    await expect(task(page, "The terminal is signed in")).toBeVisible();
  });

  expect(complaints).toEqual([]);
});

function task(page: Page, title: string) {
  return page.getByRole("region", { name: title });
}
