import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { given } from "./playwright.config";

const PATIENCE_MS = 60_000;
const GLANCE_MS = 50;

/** Starts the real server on a free port, with a data folder of its own; returns what ends it. */
export default async function start(): Promise<() => Promise<void>> {
  const server = await serve("server", (port) => {
    process.env.MANAGEACLOUD_URL = `http://localhost:${port}`;
    return ["--toolbox", given("MANAGEACLOUD_TOOLBOX")];
  });
  return server.end;
}

/** A server of a test's own, and what ends it. */
export interface Served {
  port: number;
  end: () => Promise<void>;
}

/** Starts a server with settings that may depend on its port; what it says is in a log of that name. */
export async function serve(name: string, settings: (port: number) => string[]): Promise<Served> {
  const data = await mkdtemp(join(tmpdir(), "mac-e2e-"));
  const log = await open(join(__dirname, `${name}.log`), "w");
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const server = spawn(
    given("MANAGEACLOUD_BIN"),
    ["serve", "--listen", listen, "--data", data, "--assets", given("MANAGEACLOUD_ASSETS"), "--tutorials", "../tutorials", ...settings(port)],
    { stdio: ["ignore", log.fd, log.fd] },
  );
  await answers(server, `http://${listen}/api/v1/health`);
  const stop = async () => {
    await end(server);
    await log.close();
    await gone(data);
    await rm(data, { recursive: true });
  };
  return { port, end: stop };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answers(server: ChildProcess, url: string) {
  const until = Date.now() + PATIENCE_MS;
  while (!(await fetch(url).then((answer) => answer.ok, () => false))) {
    if (server.exitCode !== null) throw new Error(`the server ended, see e2e/server.log`);
    if (Date.now() > until) throw new Error("the server does not answer, see e2e/server.log");
    await new Promise((passed) => setTimeout(passed, GLANCE_MS));
  }
}

/** As a person's Ctrl-C. */
async function end(server: ChildProcess) {
  const ended = new Promise<number | null>((resolve) => server.once("exit", resolve));
  const late = setTimeout(() => server.kill("SIGKILL"), PATIENCE_MS);
  server.kill("SIGINT");
  const code = await ended;
  clearTimeout(late);
  if (code !== 0) throw new Error(`the server ended with ${code}, see e2e/server.log`);
}

/** Everything that the server started must end with it: no process names its data folder. */
async function gone(data: string) {
  const until = Date.now() + PATIENCE_MS / 10;
  for (let left = await naming(data); left.length > 0; left = await naming(data)) {
    if (Date.now() > until) throw new Error(`the server left behind: ${left.join("; ")}`);
    await new Promise((passed) => setTimeout(passed, GLANCE_MS));
  }
}

async function naming(data: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // a process may end while the others are read
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const lines = await Promise.all(pids.map(read));
  return lines.filter((line) => line.includes(data)).map((line) => line.replaceAll("\0", " "));
}
