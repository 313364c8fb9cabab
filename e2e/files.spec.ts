import { readFile } from "node:fs/promises";

import { expect, test, type Download, type Page } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

/** A file as somebody drops it on the terminal that is used. */
async function drop(page: Page, name: string, text: string) {
  const files = await page.evaluateHandle(([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    return data;
  }, [name, text] as const);
  const pane = page.locator(".pane[data-active]");
  await pane.dispatchEvent("dragenter", { dataTransfer: files });
  await expect(page.getByText(/^Drop to upload into/)).toBeVisible();
  await shoot(page, "files-drop");
  await pane.dispatchEvent("dragover", { dataTransfer: files });
  await pane.dispatchEvent("drop", { dataTransfer: files });
  await expect(page.getByText(/^Drop to upload into/)).toBeHidden();
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), "utf8");
}

test("files by a person in a browser", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  const terminal = new Terminal(page);
  const uploads = page.getByRole("region", { name: "Uploads" });

  await test.step("what is dropped on a terminal is in the folder of its shell", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByRole("button", { name: "Open terminal" }).click();
    await terminal.ready();
    await terminal.start("mkdir 'a b'; cd 'a b'");
    await expect.poll(() => terminal.screen()).toMatch(/~\/a b \$\s*$/);
    await drop(page, "dropped é.txt", "from the page\n");
    await expect(uploads.getByText("Uploaded 1", { exact: true })).toBeVisible();
    await uploads.getByRole("button", { name: "Close" }).click();
    await terminal.focus();
    await terminal.start("cd; ls 'a b'");
    await expect.poll(() => terminal.screen()).toMatch(/dropped é\.txt/);
    expect(await terminal.run("cat 'a b'/dropped*")).toMatch(/^from the page$/m);
  });

  await test.step("what is there already is replaced only when the person says so", async () => {
    await terminal.run("echo mine > kept.txt");
    await drop(page, "kept.txt", "theirs");
    const question = page.getByRole("dialog", { name: "~/kept.txt is there already." });
    await question.getByRole("button", { name: "Skip" }).click();
    await expect(uploads.getByText("Not uploaded", { exact: true })).toBeVisible();
    await drop(page, "kept.txt", "another\n");
    await question.getByRole("button", { name: "Replace" }).click();
    await expect(uploads.getByText("Uploaded", { exact: true })).toBeVisible();
    await uploads.getByRole("button", { name: "Close" }).click();
    await terminal.focus();
    expect(await terminal.run("cat kept.txt")).toMatch(/^another$/m);
  });

  await test.step("a command downloads what the person has just asked for", async () => {
    const saved = page.waitForEvent("download");
    await terminal.run("download kept.txt");
    const download = await saved;
    expect(download.suggestedFilename()).toBe("kept.txt");
    expect(await textOf(download)).toBe("another\n");
  });

  await test.step("nobody has asked for what a program offers later: the page asks", async () => {
    let saved = 0;
    page.on("download", () => (saved += 1));
    await terminal.start("sleep 7; download kept.txt kept.txt");
    const offer = page.getByRole("dialog", { name: "The shell offers ~/kept.txt (8 bytes)." });
    await expect(offer).toBeVisible();
    await shoot(page, "files-offer");
    await offer.getByRole("button", { name: "Not now" }).click();
    await expect(offer).toBeHidden();
    expect(saved).toBe(0);
  });

  await test.step("a shell asks for files, and gets what the person chooses", async () => {
    await terminal.focus();
    await terminal.start("upload 'a b'");
    const asks = page.getByRole("dialog", { name: "The shell asks for files, into ~/a b." });
    const chooser = page.waitForEvent("filechooser");
    await asks.getByRole("button", { name: "Choose files" }).click();
    await (await chooser).setFiles({ name: "chosen", mimeType: "text/plain", buffer: Buffer.from("chosen\n") });
    await expect(uploads.getByText("Uploaded", { exact: true })).toBeVisible();
    await uploads.getByRole("button", { name: "Close" }).click();
    await terminal.focus();
    expect(await terminal.run("cat 'a b'/chosen")).toMatch(/^chosen$/m);
  });

  await test.step("the page of files shows, downloads, makes and deletes", async () => {
    await page.locator(".page-header").getByRole("link", { name: "Files" }).click();
    await expect(page.getByText(/^\d+ KB of 1 GB$/)).toBeVisible();
    await shoot(page, "files");
    await page.getByRole("link", { name: "a b/" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download dropped é.txt" }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe("dropped é.txt");
    expect(await textOf(download)).toBe("from the page\n");
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByRole("textbox", { name: "Name of the new folder" }).fill("made");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("link", { name: "made/" })).toBeVisible();
    await page.getByRole("button", { name: "Delete chosen" }).click();
    await page.getByRole("button", { name: "Yes, delete chosen" }).click();
    await expect(page.getByRole("rowheader", { name: "chosen" })).toBeHidden();
  });

  expect(complaints).toEqual([]);
});
