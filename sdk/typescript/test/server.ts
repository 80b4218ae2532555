/** A server of its own: a free port, an empty data directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");
const START_MS = 90_000;

export interface Server {
  url: string;
  stop(): Promise<void>;
  /** End it as a crash does, and start it again with what it has written. */
  crash(): Promise<void>;
}

export function python(): string {
  return process.env.PYTHON ?? join(ROOT, ".venv/bin/python");
}

export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "backendify-sdk-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = Object.entries(process.env).filter(([name]) => !name.includes("BACKENDIFY_"));
  const env = {
    ...Object.fromEntries(own),
    PYTHONPATH: ROOT,
    BACKENDIFY_DATA_DIR: data,
    BACKENDIFY_PORT: String(port),
    BACKENDIFY_RATE_LIMITS: "off",
    BACKENDIFY_ENV: "development",
    PUBLIC_URL: url,
    ...settings,
  };
  let server = await start(url, data, env);
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    if (server.kill(signal)) await ended;
  };
  const stop = async (): Promise<void> => {
    await end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  };
  const crash = async (): Promise<void> => {
    await end("SIGKILL");
    server = await start(url, data, env);
  };
  return { url, stop, crash };
}

async function start(url: string, data: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const log = createWriteStream(join(data, "server.log"));
  const server = spawn(python(), ["-m", "app.cli", "serve"], { cwd: ROOT, env });
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return server;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The server did not start.\n${readFileSync(join(data, "server.log"), "utf8")}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const taken = createServer().listen(0, "127.0.0.1", () => {
      const address = taken.address();
      taken.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** A call as the installation's owner. */
export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** Who owns a fresh installation. */
export const OWNER = { email: "owner@example.com", password: "correct horse battery" };

/** Register the owner of a fresh installation. */
export async function owner(url: string): Promise<{ call: Call; token: string }> {
  let token = "";
  const call: Call = async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const signed = await call<{ access_token: string }>("POST", "/api/auth/register", OWNER);
  token = signed.access_token;
  return { call, token };
}
