/** What a socket says, and how it is kept and shown. Pure. */
import { strings } from "@/features/realtime/strings";

export type Member = {
  ref: string;
  by: { type: string; id: string | null };
  presence: unknown;
  since?: string;
};

export type Told = { type: string; id?: string } & Record<string, unknown>;

export type Line = {
  number: number;
  at: string;
  kind: "event" | "broadcast" | "presence" | "error" | "note";
  title: string;
  about: string;
  seq: number | null;
  /** Milliseconds from the change to its telling, as far as the clocks agree. */
  lag: number | null;
  data: unknown;
};

export const MOST_LINES = 500;

type Data = { collection?: string; record_id?: string; record?: { updated_at?: string } | null };

/** The line of a message; null for those that are not shown. */
export function lineOf(told: Told, number: number, now: number): Line | null {
  const base = { number, at: new Date(now).toISOString(), seq: null, lag: null, data: told };
  switch (told.type) {
    case "event": {
      const data = (told.data ?? {}) as Data;
      return {
        ...base,
        kind: "event",
        title: String(told.event),
        about: [data.collection, data.record_id].filter(Boolean).join(" / "),
        seq: typeof told.seq === "number" ? told.seq : null,
        lag: lagOf(String(told.event), data, now),
        data,
      };
    }
    case "broadcast":
      return {
        ...base,
        kind: "broadcast",
        title: String(told.event),
        about: told.from ? partyOf(told.from) : strings.you,
      };
    case "presence":
      return { ...base, kind: "presence", title: "presence", about: presenceText(told) };
    case "error":
      return { ...base, kind: "error", title: String(told.code), about: String(told.detail) };
    case "resync":
      return { ...base, kind: "note", title: "resync", about: "" };
    default:
      return null;
  }
}

/** Who is present after what was told. */
export function presentAfter(present: readonly Member[], told: Told): readonly Member[] {
  if (told.type === "ack" && Array.isArray(told.present)) return told.present as Member[];
  if (told.type !== "presence") return present;
  const joined = (told.joined ?? []) as Member[];
  const gone = new Set(
    [...joined, ...((told.left ?? []) as (Member | string)[])].map((each) =>
      typeof each === "string" ? each : each.ref,
    ),
  );
  return [...present.filter((each) => !gone.has(each.ref)), ...joined];
}

export function isMatch(line: Line, words: string): boolean {
  if (!words) return true;
  const text = `${line.title} ${line.about} ${JSON.stringify(line.data)}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function lagOf(event: string, data: Data, now: number): number | null {
  const changed = data.record?.updated_at;
  if (!changed || !["record.created", "record.updated"].includes(event)) return null;
  const lag = now - Date.parse(changed);
  return lag >= 0 && lag < 3_600_000 ? lag : null;
}

export function partyOf(from: unknown): string {
  const { type, id } = (from ?? {}) as { type?: string; id?: string };
  return [type?.replaceAll("_", " "), id?.slice(-6)].filter(Boolean).join(" ");
}

function presenceText(told: Told): string {
  const joined = Array.isArray(told.joined) ? told.joined.length : 0;
  const left = Array.isArray(told.left) ? told.left.length : 0;
  return [joined > 0 && `+${joined}`, left > 0 && `−${left}`].filter(Boolean).join(" ");
}
