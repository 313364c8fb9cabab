// Begins the first lesson from the landing page, as somebody who was never here, and clicks a command of it;
// prints what both took: { prompt_ms, click_ms }.
const { newcomer, run } = require("./as-guest");

/** How often a command is clicked. */
const CLICKS = 20;
/** A command of the first step that does next to nothing. */
const COMMAND = "whoami";

async function main(url) {
  const { browser, page } = await newcomer();
  const begun = performance.now();
  await page.goto(url);
  await page.getByRole("button", { name: "Start the first lesson" }).click();
  await page.waitForFunction(
    () => {
      const rows = [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.trimEnd());
      return rows.filter((row) => row !== "").at(-1)?.endsWith("~ $");
    },
    undefined,
    { polling: "raf", timeout: 60_000 },
  );
  const prompt_ms = performance.now() - begun;

  const took = [];
  for (let click = 0; click < CLICKS; click += 1) {
    await page.waitForTimeout(300);
    took.push(await page.evaluate(clicked, COMMAND));
  }
  took.sort((a, b) => a - b);
  console.log(JSON.stringify({ prompt_ms, click_ms: took[CLICKS / 2] }));
  await browser.close();
}

/** Clicks a command in the page, and returns how long it takes until it has ended there, and has said so. */
function clicked(text) {
  const all = [...document.querySelectorAll("code[data-command]")];
  const command = all.find((code) => code.textContent === text);
  return new Promise((resolve) => {
    let begun;
    const observer = new MutationObserver(() => {
      if (command.dataset.state !== "ok" || !command.title.startsWith("Succeeded") || !seenRunning) {
        seenRunning ||= command.dataset.state === "running";
        return;
      }
      observer.disconnect();
      resolve(performance.now() - begun);
    });
    let seenRunning = false;
    observer.observe(command, { attributes: true });
    begun = performance.now();
    command.click();
  });
}

run(main);
