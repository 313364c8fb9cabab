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

test("forms beside commands, a change to a file, and what goes on by itself", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));
  const terminal = new Terminal(page);

  await test.step("one who was never here begins with a lesson", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Start the first lesson" }).click();
    await expect(page.getByRole("heading", { name: "The terminal answers" })).toBeVisible();
    await terminal.ready();
  });

  await test.step("its step goes on by itself", async () => {
    await page.getByRole("checkbox", { name: "Go on by itself" }).check();
    await page.getByRole("button", { name: "whoami" }).click();
    await expect(page.getByRole("button", { name: "mac --version: Succeeded" })).toBeVisible();
  });

  await test.step("the terminal goes below the text", async () => {
    await page.getByRole("button", { name: "Terminal below" }).click();
    const [text, beside] = await Promise.all([
      page.locator(".tutorial-text").boundingBox(),
      page.locator(".tutorial-beside").boundingBox(),
    ]);
    expect(beside!.y).toBeGreaterThan(text!.y + text!.height - 1);
    const line = page.getByRole("separator", { name: "Size of the text" });
    await line.focus();
    await line.press("ArrowDown");
    expect((await page.locator(".tutorial-text").boundingBox())!.height).toBeGreaterThan(text!.height + 10);
    await shoot(page, "tutorial-below");
  });

  const command = page.getByRole("textbox", { name: "Command" });

  await test.step("a form writes its command, and runs it", async () => {
    await page.goto("/tutorials/console-to-command-line/launch");
    await terminal.ready();
    await page.getByRole("textbox", { name: /^Name/ }).fill("e2e one");
    await expect(command).toHaveValue(/Value=e2e one/);
    await page.getByRole("textbox", { name: /^Name/ }).fill("my-first");
    await page.getByRole("spinbutton", { name: /^Number of instances/ }).fill("2");
    await expect(command).toHaveValue(/Value=my-first.* --count 2$/);
    await command.fill((await command.inputValue()).replace("--count 2", "--count 1"));
    await expect(page.getByRole("spinbutton", { name: /^Number of instances/ })).toHaveValue("1");
    await shoot(page, "tutorial-form");
    await page.getByRole("button", { name: "Launch instance" }).click();
    await expect(task(page, "An instance called my-first runs")).toContainText("Done.", { timeout: 60_000 });
  });

  await test.step("what is typed in the terminal fills the form, and another command says why not", async () => {
    await page.goto("/tutorials/console-to-command-line/terminate");
    await terminal.ready();
    await terminal.focus();
    await page.keyboard.type("aws ec2 terminate-instances --instance-ids i-0123 --region eu-west-1 --dry-run\n");
    await expect(page.getByRole("textbox", { name: /^Selected instances/ })).toHaveValue("i-0123");
    await expect(page.getByRole("combobox", { name: /^Region/ })).toHaveValue("eu-west-1");
    await expect(page.getByText("No field here for --dry-run")).toBeVisible();
    await command.fill("aws ec2 stop-instances");
    await expect(page.getByText("That is another form: EC2 › Instances › Instance state › Stop instance.")).toBeVisible();
    await expect(page.getByRole("textbox", { name: /^Selected instances/ })).toHaveValue("i-0123");
    await page.getByRole("button", { name: "As in the text" }).click();
    await expect(page.getByRole("textbox", { name: /^Selected instances/ })).toHaveValue("$ID");
  });

  await test.step("a change is shown in its file before it is made, and made once", async () => {
    await page.goto("/tutorials/azure-windows-servers/change");
    await terminal.ready();
    const change = page.getByRole("figure", { name: "Change to azure.macfile" });
    await change.getByRole("button", { name: "Show in the file" }).click();
    await expect(change).toContainText("--virtual-network-name azure-demo-net");
    await expect(change.locator("ins")).toHaveText("      --vm-size Medium");
    await shoot(page, "tutorial-change");
    await change.getByRole("button", { name: "Make the change" }).click();
    await expect(change).toContainText("It is in the file.");
    await expect(task(page, "The macfile asks for a Medium server")).toContainText("Done.");
    await page.reload();
    await change.getByRole("button", { name: "Show in the file" }).click();
    await expect(change).toContainText("It is in the file.");
  });

  expect(complaints).toEqual([]);
});

function task(page: Page, title: string) {
  return page.getByRole("region", { name: title });
}
