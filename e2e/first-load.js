// Loads the overview for the first time, as a guest with an empty cache, and prints what came.
const { asGuest, run } = require("./as-guest");

async function main(url) {
  const { browser, context, page } = await asGuest(url);
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

run(main);
