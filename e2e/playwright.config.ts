import { defineConfig } from "@playwright/test";

/** `cargo xtask test e2e` builds what these name; without them nothing here can run. */
export function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by \`cargo xtask test e2e\``);
  return value;
}

export default defineConfig({
  testMatch: "*.spec.ts",
  globalSetup: "./server.ts",
  // a person's whole job, on a machine that may have little to spare
  timeout: 10 * 60_000,
  expect: { timeout: 60_000 },
  workers: 1,
  retries: 0,
  reporter: [["list"]],
  use: {
    // the setup sets it, once the server has a port
    baseURL: process.env.MANAGEACLOUD_URL,
    viewport: { width: 1280, height: 900 },
    colorScheme: "light",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: given("MANAGEACLOUD_BROWSER"),
      args: [
        // the browser's own sandbox does not start for root, and is not what is tested
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
