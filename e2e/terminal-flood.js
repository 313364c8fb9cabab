// Writes 100 MB of text to a terminal in a browser, interrupts a flood without end, and prints what both
// took: { megabytes_per_second, interrupted_ms }.
const { asGuest, run } = require("./as-guest");

/** Lines of 80 columns, with their ends as a terminal has them. */
const BYTES = 100_000_000;
const LINE = "yes $(printf %078d 0)";
/** How often a flood is interrupted. */
const TIMES = 5;

async function main(url) {
  const { browser, page } = await asGuest(url);
  await page.goto(new URL("/terminals", url).href);
  await page.getByRole("button", { name: "Open terminal" }).click();
  await page.locator(".xterm-rows").waitFor();
  await prompt(page);

  const count = Math.round(BYTES / 80);
  await page.keyboard.type(`${LINE} | head -n ${count}; echo en''d`);
  const begun = await press(page, "Enter");
  const ended = await until(page, "end");
  const megabytes_per_second = (count * 80) / 1000 / (ended - begun);

  const took = [];
  for (let time = 0; time < TIMES; time += 1) {
    await prompt(page);
    await page.keyboard.type("clear");
    await page.keyboard.press("Enter");
    await prompt(page);
    await page.keyboard.type(LINE);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(1500);
    const pressed = await press(page, "Control+c");
    took.push((await until(page, "^C")) - pressed);
  }
  took.sort((a, b) => a - b);
  console.log(JSON.stringify({ megabytes_per_second, interrupted_ms: took[Math.floor(TIMES / 2)] }));
  await browser.close();
}

/** Presses a key, and returns the page's time. */
async function press(page, key) {
  const now = await page.evaluate(() => performance.now());
  await page.keyboard.press(key);
  return now;
}

/**
 * The page's time when the words are right above a prompt, which is the last: a program that writes on while it
 * is interrupted may end its line behind them.
 */
async function until(page, words) {
  const seen = await page.waitForFunction(
    (words) => {
      const rows = [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.trimEnd());
      while (rows.length > 0 && rows.at(-1) === "") rows.pop();
      const above = rows.slice(-4, -1);
      return rows.at(-1)?.endsWith("~ $") && above.some((row) => row.includes(words)) ? performance.now() : false;
    },
    words,
    { polling: "raf", timeout: 120_000 },
  );
  return seen.jsonValue();
}

async function prompt(page) {
  await page.waitForFunction(
    () => {
      const rows = [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.trimEnd());
      return rows.filter((row) => row !== "").at(-1)?.endsWith("~ $");
    },
    undefined,
    { polling: 20, timeout: 60_000 },
  );
}

run(main);
