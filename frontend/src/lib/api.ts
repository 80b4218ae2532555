/** The one client of the API. Features call it in their `api.ts` and nowhere else. */
import createClient from "openapi-fetch";

import type { components, paths } from "@/client/schema";
import { problemOf, unreachable } from "@/lib/problem";
import { accessToken, replaceToken } from "@/lib/session";

export type Schemas = components["schemas"];

/** Routes that need no account: the others wait for a token. */
export const anonymous = createClient<paths>({ fetch: reach });

export const api = createClient<paths>({ fetch: authorized });

/** The answer's body; anything but success is thrown as a Problem. */
export async function unwrap<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}

/** A route whose path or query no description can list, such as a record's conditions. */
export async function request<T>(path: string, init?: RequestInit): Promise<T> {
  const { body } = await exchange<T>(path, init);
  return body;
}

/** As `request`, with the headers of the answer. */
export async function exchange<T>(
  path: string,
  init: RequestInit = {},
): Promise<{ body: T; headers: Headers }> {
  const headers = new Headers(init.headers);
  if (typeof init.body === "string" && !headers.has("Content-Type")) {
    headers.set("Content-Type", "application/json");
  }
  const response = await authorized(new Request(path, { ...init, headers }));
  const text = await response.text();
  // What was deleted leaves an answer without a body, whatever its type.
  const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
  const body: unknown = isJson ? JSON.parse(text) : text;
  if (!response.ok) throw problemOf(body, response);
  return { body: body as T, headers: response.headers };
}

async function authorized(asked: Request): Promise<Response> {
  const again = asked.clone();
  const token = await accessToken();
  const answer = await reach(withToken(asked, token));
  if (answer.status !== 401 || token === null) return answer;
  const fresh = await replaceToken(token);
  return fresh === null ? answer : reach(withToken(again, fresh));
}

function withToken(asked: Request, token: string | null): Request {
  if (token !== null) asked.headers.set("Authorization", `Bearer ${token}`);
  return asked;
}

async function reach(asked: Request): Promise<Response> {
  try {
    return await fetch(asked);
  } catch (error) {
    if (asked.signal.aborted) throw error;
    throw unreachable();
  }
}

/** Into a file of the reader's: what a route streams, however long. */
export async function download(path: string, name: string): Promise<void> {
  const response = await authorized(new Request(path));
  if (!response.ok) throw problemOf(await response.json().catch(() => null), response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Send a file; `onProgress` hears which part of it has left. fetch() cannot tell that. */
export async function upload<T>(
  path: string,
  file: Blob,
  type: string,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<T> {
  const token = await accessToken();
  const sending = new XMLHttpRequest();
  sending.open("POST", path);
  sending.responseType = "json";
  sending.setRequestHeader("Content-Type", type);
  if (token !== null) sending.setRequestHeader("Authorization", `Bearer ${token}`);
  signal.addEventListener("abort", () => sending.abort());
  sending.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 1);
  await new Promise<void>((resolve, reject) => {
    sending.onload = () => resolve();
    sending.onerror = () => reject(unreachable());
    sending.onabort = () => reject(new DOMException("Stopped.", "AbortError"));
    sending.send(file);
  });
  const answer = new Response(null, { status: sending.status, statusText: sending.statusText });
  if (!answer.ok) throw problemOf(sending.response, answer);
  return sending.response as T;
}

/** An answer that goes on for as long as it is listened to. */
export async function stream(
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const response = await authorized(new Request(path, { headers, signal }));
  if (!response.ok || !response.body) {
    throw problemOf(await response.json().catch(() => null), response);
  }
  return response.body;
}
