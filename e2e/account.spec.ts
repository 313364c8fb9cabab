import { expect, test, type Page } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { Terminal } from "./terminal";

/** Makes a guest account, and returns its name. */
async function enter(page: Page): Promise<string> {
  await page.goto("/");
  await page.getByRole("button", { name: "Try it now" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await page.getByRole("link", { name: /^guest-/ }).click();
  const heading = page.getByRole("heading", { name: /^guest-/ });
  return (await heading.textContent())!.trim();
}

test("a person leaves, or has nothing left behind", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));

  await test.step("signing out leads to where a newcomer begins", async () => {
    await enter(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("button", { name: "Try it now" })).toBeVisible();
  });

  await test.step("an account is removed once its name was typed, with its terminal", async () => {
    const name = await enter(page);
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("button", { name: "Open terminal" }).click();
    await new Terminal(page).ready();
    await page.getByRole("link", { name }).click();
    await page.getByRole("button", { name: "Remove the account" }).click();
    const dialog = page.getByRole("dialog");
    const yes = dialog.getByRole("button", { name: "Yes, remove the account" });
    await expect(yes).toBeDisabled();
    await dialog.getByRole("textbox").fill(name);
    await yes.click();
    await expect(page.getByRole("button", { name: "Try it now" })).toBeVisible();
  });

  expect(complaints).toEqual([]);
});
