/** Servers of their own for the run: free ports, empty data directories, the built console. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const ROOT = join(import.meta.dirname, "../..");
const START_MS = 90_000;

declare module "vitest" {
  interface ProvidedContext {
    /** One for each file of tests that runs at a time. */
    urls: string[];
    /** Another server, for what the servers under test send. */
    receiver: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(join(ROOT, "frontend/dist/index.html")))
    throw new Error("Build the console first.");
  const receiver = await startReceiver();
  const servers = await Promise.all(
    Array.from({ length: project.config.maxWorkers }, () => start(receiver.host)),
  );
  project.provide(
    "urls",
    servers.map(({ url }) => url),
  );
  project.provide("receiver", `http://${receiver.host}`);
  return async () => {
    await Promise.all(servers.map(({ stop }) => stop()));
    receiver.close();
  };
}

async function start(receiver: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), "backendify-e2e-"));
  const port = await freePort();
  const server = serve(data, port, receiver);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, server, join(data, "server.log"));
  const stop = async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { url, stop };
}

function serve(data: string, port: number, receiver: string): ChildProcess {
  const own = Object.entries(process.env).filter(([name]) => !name.includes("BACKENDIFY_"));
  const log = createWriteStream(join(data, "server.log"));
  const python = process.env.PYTHON ?? join(ROOT, ".venv/bin/python");
  const server = spawn(python, ["-m", "app.cli", "serve"], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(own),
      PYTHONPATH: ROOT,
      BACKENDIFY_DATA_DIR: data,
      BACKENDIFY_PORT: String(port),
      BACKENDIFY_RATE_LIMITS: "off",
      BACKENDIFY_ENV: "development",
      EGRESS_ALLOW: receiver,
      PUBLIC_URL: `http://localhost:${port}`,
    },
  });
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  return server;
}

async function untilReady(url: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The server did not start.\n${readFileSync(log, "utf8")}`);
}

/** Takes whatever is sent to it, but for `/refuse`. */
async function startReceiver(): Promise<{ host: string; close: () => void }> {
  const server = createHttpServer((asked, answer) => {
    const isTaken = asked.url !== "/refuse";
    asked.resume().on("end", () => {
      answer.writeHead(isTaken ? 200 : 500, { "Content-Type": "application/json" });
      answer.end(JSON.stringify(isTaken ? { taken: true } : { error: "out of order" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const taken = createServer().listen(0, "127.0.0.1", () => {
      const address = taken.address();
      taken.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
