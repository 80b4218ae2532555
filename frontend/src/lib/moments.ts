/** A moment as `datetime-local` shows it, in the zone of the one who looks. */
export function toLocal(value: unknown): string {
  if (typeof value !== "string" || Number.isNaN(Date.parse(value))) return "";
  const moment = new Date(value);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

export function fromLocal(text: string): string | null {
  return text === "" ? null : new Date(text).toISOString();
}
