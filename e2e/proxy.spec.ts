import { createServer, request as ask, type Server } from "node:http";

import { expect, test, type Page } from "@playwright/test";

import { complaintsOf } from "./complaints";
import { shoot } from "./screenshots";
import { freePort, serve } from "./server";
import { Terminal } from "./terminal";

/** Waits until each hop was tried, and returns the page's one sentence. */
async function tested(page: Page): Promise<string> {
  const status = page.getByRole("main").getByRole("status").first();
  await expect(page.getByRole("button", { name: "Try again" })).toBeEnabled({ timeout: 60_000 });
  return (await status.textContent()) ?? "";
}

test("all of the page works below a path", async ({ browser }) => {
  const server = await serve("below", (port) => ["--public-url", `http://localhost:${port}/tools/mac/`]);
  const home = `http://localhost:${server.port}/tools/mac/`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const complaints = complaintsOf(context, new URL(home));
  const page = await context.newPage();

  await test.step("a newcomer enters, and links lead on below it", async () => {
    await page.goto(home);
    await page.getByRole("button", { name: "Try it now" }).click();
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    for (const name of ["Applications", "Infrastructures", "Deployments", "Webhooks", "Overview"]) {
      await page.getByRole("link", { name, exact: true }).click();
      await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
      expect(page.url()).toContain("/tools/mac/");
    }
  });

  await test.step("a terminal opens there, and is there again after a reload", async () => {
    await page.getByRole("button", { name: "Open terminal" }).click();
    const terminal = new Terminal(page);
    await terminal.ready();
    expect(page.url()).toMatch(/\/tools\/mac\/terminals\/[0-9a-f-]+$/);
    expect(await terminal.run("echo below-$((6 * 7))")).toContain("below-42");
    await page.reload();
    await terminal.ready();
    expect(await terminal.screen()).toContain("below-42");
  });

  await test.step("the self-test finds nothing", async () => {
    await page.goto(`${home}self-test`);
    expect(await tested(page)).toBe("Every hop answers.");
    await shoot(page, "self-test");
  });

  expect(complaints).toEqual([]);
  await context.close();
  await server.end();
});

/** A proxy as nginx is without its lines for websockets: it passes requests, and no upgrade. */
async function withoutUpgrades(to: number): Promise<{ port: number; proxy: Server }> {
  const proxy = createServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const options = { host: "127.0.0.1", port: to, method, path: url, headers: { ...headers, connection: "close" } };
    const passed = ask(options, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    incoming.pipe(passed);
  });
  proxy.on("upgrade", (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const port = await freePort();
  await new Promise<void>((listening) => proxy.listen(port, "127.0.0.1", listening));
  return { port, proxy };
}

test("a proxy that passes no websockets is named by the self-test", async ({ page }) => {
  const server = await serve("refused", () => []);
  const { port, proxy } = await withoutUpgrades(server.port);
  await page.goto(`http://localhost:${port}/self-test`);
  expect(await tested(page)).toBe("It fails here: A websocket opens.");
  await expect(page.getByText("proxy_set_header Upgrade")).toBeVisible();
  await shoot(page, "self-test-fails");
  proxy.closeAllConnections();
  proxy.close();
  await server.end();
});
