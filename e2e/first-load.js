// Loads the overview for the first time, as a guest with an empty cache, and prints what came.
const { chromium } = require("@playwright/test");

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.MANAGEACLOUD_BROWSER,
    // the browser's own sandbox does not start for root, and is not what is measured
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const url = process.argv[2];
  const context = await browser.newContext();
  const guest = await context.request.post(new URL("/api/v1/guests", url).href, { data: null });
  if (!guest.ok()) throw new Error(`no guest account: ${guest.status()}`);
  const page = await context.newPage();
  const counted = await count(await context.newCDPSession(page));
  const begun = performance.now();
  await page.goto(url);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  const shown_ms = performance.now() - begun;
  // the lists are read after the heading; their sockets stay open
  await page.getByText("Nothing was deployed yet.").waitFor();
  await page.evaluate(() => document.fonts.ready);
  console.log(JSON.stringify({ ...counted, shown_ms }));
  await browser.close();
}

/** Counts bytes as they came over the wire, headers included. */
async function count(session) {
  const counted = { bytes: 0, requests: 0 };
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    counted.bytes += encodedDataLength;
    counted.requests += 1;
  });
  await session.send("Network.enable");
  return counted;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
