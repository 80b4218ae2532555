/** What the API refused, or that it could not be reached. */

/** A fault of one value: `pointer` leads to it in the body. */
export interface Violation {
  pointer: string;
  code: string;
  message: string;
  hint?: string;
}

/** The problem document (RFC 9457) that the API answers with. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  code?: string;
  hint?: string | null;
  request_id?: string | null;
  errors?: Violation[];
  [member: string]: unknown;
}

/**
 * Thrown by every call that does not succeed. `code` is stable: decide by it. Without an answer
 * `status` is 0 and `code` is `network_error` or `timeout`.
 */
export class BackendifyError extends Error {
  override readonly name = "BackendifyError";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly errors: readonly Violation[];
  readonly requestId: string | undefined;
  /** The whole document, with what only some problems carry. */
  readonly problem: Problem;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(text(problem.detail) || text(problem.title) || "The request failed.", options);
    this.status = problem.status ?? 0;
    this.code = text(problem.code) ?? "unknown";
    this.title = text(problem.title) ?? this.message;
    this.detail = this.message;
    this.hint = text(problem.hint);
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.requestId = text(problem.request_id);
    this.problem = problem;
  }
}

/** @internal */
export function refusal(answer: {
  status: number;
  statusText: string;
  headers: Headers;
  text: string;
}): BackendifyError {
  const told = problemIn(answer.text);
  return new BackendifyError({
    title: answer.statusText,
    code: `http_${answer.status}`,
    request_id: answer.headers.get("x-request-id"),
    ...told,
    status: answer.status,
  });
}

/** @internal */
export function connectionLost(): BackendifyError {
  return new BackendifyError({ code: "network_error", detail: "The connection was lost." });
}

/** @internal */
export function signedOut(): BackendifyError {
  const detail = "Who asked is not signed in any more.";
  return new BackendifyError({ status: 401, code: "auth_required", detail });
}

/** @internal */
export function redirected(status: number): BackendifyError {
  const detail = "The address leads to another one: give `url` the one where Backendify is served.";
  return new BackendifyError({ status, code: "redirected", detail });
}

function problemIn(body: string): Problem | null {
  try {
    const found: unknown = JSON.parse(body);
    return typeof found === "object" ? (found as Problem | null) : null;
  } catch {
    return null;
  }
}

/** What other servers on the way answer may have any shape. */
function text(told: unknown): string | undefined {
  return typeof told === "string" ? told : undefined;
}
