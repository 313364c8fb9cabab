import { copyFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "@playwright/test";

const FOLDER = join(__dirname, "screenshots");
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Shows a page in light, in dark and on a phone; the page is afterwards as it was. */
export async function shoot(page: Page, name: string) {
  const picture = (look: string, fullPage = false) =>
    // with animations disabled, colours are where a transition leads
    page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage, animations: "disabled" });
  await picture("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(PHONE);
  await picture("phone", true);
  await page.setViewportSize(WIDE);
  await keep(name);
}

/** The README's picture is one of them; `MANAGEACLOUD_SCREENSHOT` says where it is wanted. */
async function keep(name: string) {
  const wanted = process.env.MANAGEACLOUD_SCREENSHOT;
  if (wanted && name === "application") await copyFile(join(FOLDER, `${name}-light.png`), wanted);
}
