/** One fault of a body, by its JSON Pointer. */
export type Violation = { pointer: string; code: string; message: string; hint?: string };

/** RFC 9457, as every route answers it; see /docs/errors. */
export type ProblemBody = {
  title: string;
  status: number;
  detail: string;
  code: string;
  hint?: string;
  request_id?: string | null;
  errors?: Violation[];
} & Record<string, unknown>;

/** A request that did not work, whatever the reason. */
export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail);
    this.name = "Problem";
    this.body = body;
  }

  get status(): number {
    return this.body.status;
  }

  get code(): string {
    return this.body.code;
  }

  get violations(): Violation[] {
    return this.body.errors ?? [];
  }

  /** The same, its pointers told from a part of the body: a form knows only its own. */
  seenFrom(start: string): Problem {
    const errors = this.violations.map((each) => {
      const isWithin = `${each.pointer}/`.startsWith(`${start}/`);
      return isWithin ? { ...each, pointer: each.pointer.slice(start.length) } : each;
    });
    return new Problem({ ...this.body, errors });
  }
}

export function unreachable(): Problem {
  return new Problem({
    title: "No answer",
    status: 0,
    code: "unreachable",
    detail: "The server could not be reached.",
    hint: "Check that it runs and that you are connected, then try again.",
  });
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && "detail" in body && "code" in body;
}

export function problemOf(body: unknown, response: Response): Problem {
  if (isProblemBody(body)) return new Problem(body);
  return new Problem({
    title: response.statusText || "Unexpected answer",
    status: response.status,
    code: "unexpected_answer",
    detail: `The server answered ${response.status} without saying why.`,
    request_id: response.headers.get("x-request-id"),
  });
}

/** Anything thrown, as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) return unreachable();
  return new Problem({
    title: "Something went wrong",
    status: 0,
    code: "console_fault",
    detail: error instanceof Error ? error.message : String(error),
  });
}
