/** The CSV of RFC 4180, read piece by piece. Only for previews: the API reads the file itself. */
export class CsvReader {
  private row: string[] = [];
  private cell = "";
  private isQuoted = false;
  /** The piece before ended with a quote: the end of a cell, or half of a doubled one. */
  private isQuoteOpen = false;

  /** The rows that are whole with this piece. */
  feed(text: string): string[][] {
    const rows: string[][] = [];
    for (const letter of text) {
      if (this.isQuoted && !this.isQuoteOpen) this.readQuoted(letter);
      else this.readPlain(letter, rows);
    }
    return rows;
  }

  /** The last row, where no line break ends it. */
  end(): string[][] {
    if (this.cell === "" && this.row.length === 0) return [];
    const rows: string[][] = [];
    this.endRow(rows);
    return rows;
  }

  private readQuoted(letter: string): void {
    if (letter === '"') this.isQuoteOpen = true;
    else this.cell += letter;
  }

  private readPlain(letter: string, rows: string[][]): void {
    if (letter === '"') {
      if (this.isQuoteOpen) this.cell += '"';
      this.isQuoted = true;
      this.isQuoteOpen = false;
      return;
    }
    this.isQuoted = false;
    this.isQuoteOpen = false;
    if (letter === ",") this.endCell();
    else if (letter === "\n") this.endRow(rows);
    else if (letter !== "\r") this.cell += letter;
  }

  private endCell(): void {
    this.row.push(this.cell);
    this.cell = "";
  }

  private endRow(rows: string[][]): void {
    this.endCell();
    if (this.row.length > 1 || this.row[0] !== "") rows.push(this.row);
    this.row = [];
  }
}

export type Head = { type: string; header: string[]; rows: string[][] };

const SAMPLES = 50;
const HEAD_BYTES = 1 << 18;

const TYPES: Record<string, string> = {
  csv: "text/csv",
  json: "application/json",
  ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson",
};

/** What a file begins with; null where its name tells of no format that can be imported. */
export async function readHead(file: File): Promise<Head | null> {
  const type = TYPES[file.name.split(".").at(-1)?.toLowerCase() ?? ""];
  if (!type) return null;
  const text = (await file.slice(0, HEAD_BYTES).text()).replace(/^\uFEFF/, "");
  if (type === "application/json") return { type, header: [], rows: [] };
  if (type === "application/x-ndjson") return { type, ...linesHead(text) };
  const reader = new CsvReader();
  const rows = reader.feed(text);
  if (file.size <= HEAD_BYTES) rows.push(...reader.end());
  const [header = [], ...samples] = rows;
  return { type, header: header.map((name) => name.trim()), rows: samples.slice(0, SAMPLES) };
}

function linesHead(text: string): Omit<Head, "type"> {
  const objects = text.split("\n", SAMPLES).flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  const header = [...new Set(objects.flatMap((each) => Object.keys(each)))];
  const rows = objects.map((each) => header.map((name) => written(each[name])));
  return { header, rows };
}

function written(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The rows of a CSV by their numbers, from 1; the page goes on meanwhile. */
export async function findRows(
  file: File,
  wanted: ReadonlySet<number>,
): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  const last = Math.max(0, ...wanted);
  const reader = new CsvReader();
  const decoder = new TextDecoder();
  let number = -1;
  for (let at = 0; at < file.size && number < last; at += HEAD_BYTES) {
    const bytes = await file.slice(at, at + HEAD_BYTES).arrayBuffer();
    for (const row of reader.feed(decoder.decode(bytes, { stream: true }))) {
      number += 1;
      if (wanted.has(number)) found.set(number, row);
    }
  }
  for (const row of reader.end()) if (wanted.has(number + 1)) found.set(number + 1, row);
  return found;
}
