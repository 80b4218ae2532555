/** The OpenID provider of the server's own tests, as a process. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { python, ROOT } from "./server.js";

export async function startIssuer() {
  const process_ = spawn(python(), ["-m", "tests.sdk.issuer"], {
    cwd: ROOT,
    env: { ...process.env, PYTHONPATH: ROOT },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(process_.stdout, "data")) as [Buffer];
  return {
    url: line.toString().trim(),
    client: { client_id: "the-app", client_secret: "a secret: of the app/100%" },
    stop: () => void process_.stdin.end(),
  };
}
