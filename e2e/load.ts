import { Agent, get } from "node:http";

/** One request each so many milliseconds: 125 a second. */
const EVERY_MS = 8;

/** Steady visitors of an address, over connections that stay open. */
export class Load {
  readonly versions = new Map<string, number>();
  readonly failures: string[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private readonly under_way = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly address: URL) {
    this.timer = setInterval(() => this.ask(), EVERY_MS);
  }

  /** How often a version has answered so far. */
  seen(version: string): number {
    return this.versions.get(version) ?? 0;
  }

  /** Ends the visits, and returns once the last one was answered. */
  async end() {
    clearInterval(this.timer);
    await Promise.all(this.under_way);
    this.agent.destroy();
  }

  private ask() {
    const visit = this.visit().then(
      (version) => void this.versions.set(version, this.seen(version) + 1),
      (error) => void this.failures.push(String(error)),
    );
    this.under_way.add(visit);
    visit.finally(() => this.under_way.delete(visit));
  }

  private visit(): Promise<string> {
    const { host, port, pathname } = this.address;
    return new Promise((resolve, reject) => {
      // by number, as not every resolver knows names below localhost
      const options = { host: "127.0.0.1", port, path: pathname, agent: this.agent, headers: { host } };
      get(options, (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (part) => (body += part));
        answer.on("error", reject);
        answer.on("end", () => {
          const version = /<h1>Version ([^<]+)<\/h1>/.exec(body)?.[1];
          if (answer.statusCode === 200 && version) resolve(version);
          else reject(new Error(`${answer.statusCode} ${body}`));
        });
      }).on("error", reject);
    });
  }
}
