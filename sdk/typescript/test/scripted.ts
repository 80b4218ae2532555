/** A client whose requests are answered from a list. */
import { createClient, memoryStorage, type Session } from "../src/index.js";

type Answers = ((request: Request) => Response | Promise<Response>)[];

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

/** A client whose requests are answered in turn. */
export function scripted(...answers: Answers) {
  const requests: Request[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init);
    requests.push(request);
    const answer = answers.shift();
    if (!answer) throw new Error("There is no answer left.");
    return answer(request);
  };
  const storage = memoryStorage();
  const client = createClient({ url: "http://localhost", project: "p", fetch, storage });
  return { client, requests, storage };
}

export const session = (expires_in: number, name = "a", id = "u") => ({
  user: { id, email: "ann@example.com" },
  access_token: `access-${name}`,
  refresh_token: `refresh-${name}`,
  expires_in,
});

/** Somebody signed in, for a while. */
export function sessionOf(id: string): Session {
  return { ...session(0, id, id), expires_at: Date.now() + 1_800_000 } as unknown as Session;
}
