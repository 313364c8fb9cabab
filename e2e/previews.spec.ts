import { expect, type Page, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

/** A drawing of 40 by 20. */
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>`;

test("a tutorial changes on the page while its author writes it", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));

  await test.step("a folder that is sent is a page, which says what it is", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await expect(page.getByRole("link", { name: "Tutorials" })).toBeVisible();
    await push(page, lesson("Draft", "Second", "The first words."));
    await page.goto("/tutorials/~mine");
    await expect(page.getByText("A preview: you alone see it")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Draft");
    await new Terminal(page).ready();
  });

  await test.step("an image of the folder is shown", async () => {
    await page.getByRole("button", { name: "Next step" }).click();
    await expect(page.getByText("The first words.")).toBeVisible();
    await expect(page.getByRole("img", { name: "a drawing" })).toHaveJSProperty("naturalWidth", 40);
    await shoot(page, "tutorial-preview");
  });

  await test.step("a change is shown at once, at the step that is read, and the terminal stays", async () => {
    await page.evaluate(() => Object.assign(window, { isTheSame: true }));
    await push(page, lesson("Draft", "Second, renamed", "Other words, and `echo hi`{{exec}}."));
    await expect(page.getByText("Other words, and")).toBeVisible();
    await expect(page.getByRole("heading", { name: "Second, renamed" })).toBeVisible();
    await page.getByRole("button", { name: "echo hi" }).click();
    await expect(page.getByRole("button", { name: "echo hi: Succeeded" })).toBeVisible();
    await push(page, lesson("Final", "Second, renamed", "Last words."));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Final");
    await expect(page.getByText("Last words.")).toBeVisible();
    expect(await page.evaluate(() => "isTheSame" in window)).toBe(true);
  });

  await test.step("the page says that it is over", async () => {
    await page.evaluate(() => fetch("/api/v1/tutorial-previews/mine", { method: "DELETE" }));
    await expect(page.getByText("This preview is over")).toBeVisible();
  });

  expect(complaints).toEqual([]);
});

function lesson(title: string, step: string, words: string): string {
  return `---\ntitle: ${title}\n---\n## First\n\nBegin.\n\n## ${step}\n\n${words}\n\n![a drawing](drawing.svg)\n`;
}

/** Sends the folder as the command does. */
async function push(page: Page, text: string) {
  const folder = { texts: { "lesson.md": text }, images: { "drawing.svg": btoa(DRAWING) } };
  const status = await page.evaluate(async (folder) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(folder);
    return (await fetch("/api/v1/tutorial-previews/mine", { method: "PUT", headers, body })).status;
  }, folder);
  expect(status).toBe(200);
}
