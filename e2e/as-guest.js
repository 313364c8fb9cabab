// A browser that is signed in as a new guest, with an empty cache, for what is measured.
const { chromium } = require("@playwright/test");

/** Starts one that was never anywhere; who asks closes it. */
async function newcomer() {
  const browser = await chromium.launch({
    executablePath: process.env.MANAGEACLOUD_BROWSER,
    // the browser's own sandbox does not start for root, and is not what is measured
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const context = await browser.newContext();
  return { browser, context, page: await context.newPage() };
}

/** Starts one for the server at an address; who asks closes it. */
async function asGuest(url) {
  const { browser, context, page } = await newcomer();
  const guest = await context.request.post(new URL("/api/v1/guests", url).href, { data: null });
  if (!guest.ok()) throw new Error(`no guest account: ${guest.status()}`);
  return { browser, context, page };
}

/** Runs what is measured, and fails as a program does. */
function run(main) {
  main(process.argv[2]).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { asGuest, newcomer, run };
