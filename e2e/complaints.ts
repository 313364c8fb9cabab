import type { BrowserContext } from "@playwright/test";

/** Collects what no page may do: write errors on its console, or ask for anything elsewhere. */
export function complaintsOf(context: BrowserContext, home: URL): string[] {
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" && !isExpected(message.text())) complaints.push(message.text());
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    const ours = url.hostname === home.hostname || url.hostname.endsWith(".localhost");
    if (url.protocol.startsWith("http") && !(ours && url.port === home.port)) complaints.push(request.url());
  });
  return complaints;
}

/** A browser reports the answer that tells a newcomer's page to show "Try it now". */
function isExpected(text: string): boolean {
  return text.includes("401 (Unauthorized)");
}
