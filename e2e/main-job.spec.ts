import { expect, test, type Page } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { Load } from "./load";
import { shoot } from "./screenshots";
import { Terminal } from "./terminal";

const OLD = "7-jre8";
const NEW = "8-jre8";
/** How many answers of a version show that it is really served. */
const ENOUGH = 200;
/** A macfile launches an instance and waits until its load balancer trusts it. */
const MACFILE_MS = 180_000;

test("blue-green deployments by a person in a browser", async ({ page, context, baseURL }) => {
  const complaints = complaintsOf(context, new URL(baseURL!));

  await test.step("Try it now makes a guest account and lands on the overview", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Try it now" }).click();
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    await expect(page.getByText("No application yet.")).toBeVisible();
    await shoot(page, "overview-empty");
  });

  const terminal = await test.step("a terminal opens", async () => {
    await page.getByRole("button", { name: "Open terminal" }).click();
    await expect(page.getByRole("heading", { name: "Terminals" })).toBeVisible();
    const terminal = new Terminal(page);
    await terminal.ready();
    return terminal;
  });

  await test.step("aws, azure and mac are there", async () => {
    expect(await terminal.run("aws --version")).toMatch(/aws-cli\/1\./);
    expect(await terminal.run("azure --version")).toMatch(/^0\.10\.20/m);
    expect(await terminal.run("mac --version")).toMatch(/^mac \d/m);
  });

  await test.step("an instance of the emulated cloud starts, stops and ends", async () => {
    const launched = await terminal.run(
      "aws ec2 run-instances --image-id ami-69631053 --count 1 --instance-type t2.micro" +
        " --security-groups default --region ap-southeast-2",
    );
    expect(launched).toContain('"InstanceType": "t2.micro"');
    const describe =
      "aws ec2 describe-instances --region ap-southeast-2" +
      " --query 'Reservations[].Instances[].[InstanceId,State.Name]' --output text";
    const states = async () => {
      const screen = await terminal.run(describe);
      return [...screen.matchAll(/^(i-[0-9a-f]+)\s+(\S+)$/gm)].map(([, id, state]) => ({ id, state }));
    };
    const [{ id }] = await states();
    await expect.poll(states).toEqual([{ id, state: "running" }]);
    expect(await terminal.run(`aws ec2 stop-instances --instance-ids ${id}`)).toContain("StoppingInstances");
    await expect.poll(states).toEqual([{ id, state: "stopped" }]);
    expect(await terminal.run(`aws ec2 terminate-instances --instance-ids ${id}`)).toContain(
      "TerminatingInstances",
    );
    await expect.poll(states).toEqual([{ id, state: "terminated" }]);
  });

  const [history, infrastructures] = await Promise.all([context.newPage(), context.newPage()]);
  await test.step("the lists are empty, in tabs of their own", async () => {
    await history.goto("/deployments");
    await expect(history.getByText("Nothing was deployed yet.")).toBeVisible();
    await infrastructures.goto("/infrastructures");
    await expect(infrastructures.getByText("No infrastructure yet.")).toBeVisible();
  });

  for (const version of [OLD, NEW]) {
    await test.step(`a macfile makes version ${version} while both lists fill`, async () => {
      await page.bringToFront();
      await terminal.start(
        `mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION=${version}`,
      );
      const made = history.getByRole("row").filter({ hasText: `Create docker_tomcat ${version}` });
      await expect(made).toContainText("Provisioning");
      const row = infrastructures.getByRole("row").filter({ hasText: `docker_tomcat ${version}` });
      await expect(row).toContainText("Creating");
      await terminal.ready(MACFILE_MS);
      await shoot(page, `terminal-${version}`);
      await expect(made).toContainText("Succeeded");
      await expect(row).toContainText("Ready");
    });

    await test.step(`the load balancer of ${version} answers with it`, async () => {
      const screen = await terminal.run(
        `mac resource get_stdout docker_tomcat ${version} load_balancer_01`,
      );
      const name = /^\S+\.elb\.amazonaws\.com$/m.exec(screen)?.[0];
      expect(name, screen).toBeTruthy();
      expect(await terminal.run(`curl http://${name}/`)).toContain(`Version ${version}`);
    });
  }

  await test.step("the history keeps who, what and the log", async () => {
    await history.bringToFront();
    await history.getByRole("link", { name: `Create docker_tomcat ${OLD}` }).click();
    await expect(history.getByRole("heading", { name: `Create docker_tomcat ${OLD}` })).toBeVisible();
    await expect(history.getByRole("list", { name: "Steps" })).toContainText("load_balancer_01");
    await expect(history.getByRole("log")).toContainText("elb.amazonaws.com");
    await shoot(history, "deployment");
  });

  await test.step("promote and roll back move the address, and no visitor notices", async () => {
    await page.bringToFront();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Applications" }).click();
    await page.getByRole("link", { name: "docker_tomcat" }).click();
    const pointer = page.getByText("The address leads to");
    await expect(pointer).toHaveText(`The address leads to ${OLD}.`);
    const address = await page.getByRole("link", { name: /^http:\/\/docker-tomcat\.localhost/ }).innerText();
    await shoot(page, "application");

    const load = new Load(new URL(address));
    await expect.poll(() => load.seen(OLD)).toBeGreaterThan(ENOUGH);
    await page.getByRole("button", { name: `Promote ${NEW}` }).click();
    await expect(pointer).toHaveText(`The address leads to ${NEW}.`);
    await expect.poll(() => load.seen(NEW)).toBeGreaterThan(ENOUGH);
    const before = load.seen(OLD);
    await page.getByRole("button", { name: `Roll back to ${OLD}` }).first().click();
    await expect(pointer).toHaveText(`The address leads to ${OLD}.`);
    await expect.poll(() => load.seen(OLD)).toBeGreaterThan(before + ENOUGH);
    await load.end();

    expect(load.failures).toEqual([]);
    expect([...load.versions.keys()].sort()).toEqual([OLD, NEW]);
    const moved = page.getByRole("row").filter({ hasText: "Succeeded" });
    await expect(moved.filter({ hasText: `Promote docker_tomcat ${NEW}` })).toHaveCount(1);
    await expect(moved.filter({ hasText: `Roll docker_tomcat back to ${OLD}` })).toHaveCount(1);
    await visit(await context.newPage(), address);
  });

  await test.step("somebody lets a version go live, and takes it back while it is watched", async () => {
    await page.bringToFront();
    const pointer = page.getByText("The address leads to");
    await page.getByText("A version that is well goes live at once").click();
    await page.getByLabel("Before a version goes live").selectOption("needed");
    await page.getByLabel("Watch a new version for").fill("600");
    await page.getByLabel("Watch a new version for").blur();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("A version goes live once somebody says so, is watched for 600 s")).toBeVisible();
    await page.getByRole("button", { name: `Promote ${NEW}` }).click();
    await expect(page.getByRole("button", { name: `Let ${NEW} go live` })).toBeVisible();
    await expect(pointer).toHaveText(`The address leads to ${OLD}.`);
    await shoot(page, "approval");
    await page.getByRole("button", { name: `Let ${NEW} go live` }).click();
    await expect(pointer).toHaveText(`The address leads to ${NEW}.`);
    await expect(page.getByText(/min \d+ s left/)).toBeVisible();
    await page.getByRole("button", { name: "Watch 10 min longer" }).click();
    await expect(page.getByText(/1[89] min \d+ s left/)).toBeVisible();
    await shoot(page, "baking");
    await page.getByRole("button", { name: `Roll back to ${OLD}` }).first().click();
    await expect(pointer).toHaveText(`The address leads to ${OLD}.`);
    await expect(page.getByRole("row").filter({ hasText: "Rolled back" })).toHaveCount(1);
  });

  await test.step("the overview shows what runs and what happened", async () => {
    await page.bringToFront();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
    await expect(page.getByRole("row").filter({ hasText: "docker-tomcat.localhost" })).toContainText(OLD);
    await shoot(page, "overview");
  });

  expect(complaints).toEqual([]);
});

/** The application in the browser itself. */
async function visit(page: Page, address: string) {
  await page.goto(address);
  await expect(page.getByRole("heading", { name: `Version ${OLD}` })).toBeVisible();
  await page.close();
}
