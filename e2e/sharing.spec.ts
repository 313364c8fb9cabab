import { expect, test } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

test("a terminal is shared by links with somebody who has no account", async ({ page, context, browser, baseURL }) => {
  const home = new URL(baseURL!);
  const complaints = complaintsOf(context, home);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const elsewhere = await browser.newContext({ baseURL });
  const visitor = await elsewhere.newPage();
  const visited = new Terminal(visitor);
  const own = new Terminal(page);
  const dialog = page.getByRole("dialog", { name: "Share Terminal 1" });

  /** Makes a link in the dialog, and takes it from the clipboard. */
  const link = async (may: string, whom: string) => {
    await page.getByRole("button", { name: "Share Terminal 1" }).click();
    await dialog.getByRole("radio", { name: may }).check();
    await dialog.getByRole("textbox", { name: "To whom" }).fill(whom);
    await dialog.getByRole("button", { name: "Make a link" }).click();
    await dialog.getByRole("button", { name: /^Copy: / }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toMatch(/\/watch#[0-9a-f]{64}$/);
    return link;
  };
  /** What is behind the address of the test's own browser. */
  const here = (link: string) => `/watch${new URL(link).hash}`;

  await test.step("who only watches sees what is typed, and is told that typing goes nowhere", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByRole("button", { name: "Open terminal" }).click();
    await own.ready();
    const watch = await link("to watch only", "Ann");
    await dialog.getByRole("button", { name: "Close" }).click();
    await visitor.goto(here(watch));
    await visited.ready();
    await own.focus();
    await own.run("echo seen $((6 * 7))");
    await expect.poll(() => visited.screen()).toMatch(/^seen 42$/m);
    await visited.focus();
    await visitor.keyboard.type("echo typed by a visitor");
    await expect(visitor.getByText("what you type goes nowhere")).toBeVisible();
    await own.focus();
    expect(await own.run("echo still mine")).not.toContain("visitor");
    expect(await visited.screen()).not.toContain("visitor");
    await shoot(visitor, "visit-watching");
  });

  await test.step("they are called as they like, and are listed", async () => {
    await visitor.getByRole("textbox", { name: "You are called" }).fill("Ann of accounting");
    await visitor.keyboard.press("Enter");
    await expect(page.locator(".terminal-status .watching")).toContainText("watching");
    await page.getByRole("button", { name: "Share Terminal 1" }).click();
    await expect(dialog.getByText("Ann of accounting")).toBeVisible();
    await shoot(page, "share-dialog");
  });

  await test.step("one click ends it, for them alone", async () => {
    await dialog.getByRole("button", { name: /^End: Link for Ann, to watch only/ }).click();
    await expect(visitor.getByRole("alert")).toContainText("has ended this link");
    await expect(dialog.getByText("No link leads here.")).toBeVisible();
    await dialog.getByRole("button", { name: "Close" }).click();
    await own.focus();
    expect(await own.run("echo on $((1 + 1))")).toMatch(/^on 2$/m);
    await expect(page.locator(".terminal-status .watching")).toBeEmpty();
    await visitor.reload();
    await expect(visitor.getByRole("alert")).toContainText("This link leads nowhere");
    await shoot(visitor, "visit-over");
  });

  await test.step("who may type types, and one terminal is all that they have", async () => {
    const write = await link("to watch and type", "");
    await dialog.getByRole("button", { name: "Close" }).click();
    await visitor.goto("/");
    await visitor.goto(here(write));
    await visited.ready();
    await visited.focus();
    expect(await visited.run("echo from a visitor")).toMatch(/^from a visitor$/m);
    await expect.poll(() => own.screen()).toMatch(/^from a visitor$/m);
    await shoot(visitor, "visit-typing");
    const status = await visitor.evaluate(() => fetch("/api/v1/terminals").then((answer) => answer.status));
    expect(status).toBe(401);
    await page.getByRole("button", { name: "Share Terminal 1" }).click();
    await dialog.getByRole("button", { name: /^End: Link to watch and type/ }).click();
    await expect(visitor.getByRole("alert")).toContainText("has ended this link");
  });

  await elsewhere.close();
  expect(complaints).toEqual([]);
});

test("another browser is signed out from the page of the account", async ({ page, browser, baseURL }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Try it now" }).click();
  await page.getByRole("button", { name: "Open terminal" }).click();
  await new Terminal(page).ready();
  // the same cookie is one login; a second one is a token's, as of a command line
  const origin = new URL(baseURL!).origin;
  const made = await page.request.post("/api/v1/tokens", { data: { name: "laptop" }, headers: { origin } });
  expect(made.status()).toBe(201);
  const { secret } = await made.json();
  await page.getByRole("link", { name: /^guest-/ }).click();
  const row = page.getByRole("row", { name: /laptop/ });
  await expect(row).toContainText("A token");
  await expect(page.getByRole("row", { name: /This one/ })).toContainText("A browser");
  await shoot(page, "account-logins");
  await row.getByRole("button", { name: "Sign out laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Yes, sign out laptop" }).click();
  await expect(row).toHaveCount(0);
  const nobody = await browser.newContext({ baseURL });
  const asked = await nobody.request.get("/api/v1/account", { headers: { authorization: `Bearer ${secret}` } });
  expect(asked.status()).toBe(401);
  await nobody.close();
});
