/** Airlines and flights in the shape of examples/flights, as many as a test needs. */
import type { Api } from "./world";

const AIRLINES = [
  { id: "AA", name: "American" },
  { id: "DL", name: "Delta" },
  { id: "UA", name: "United" },
];
const CARRIERS = ["UA", "DL", "AA"];
const HOUR_MS = 3_600_000;

export async function makeFlights(api: Api, project: string): Promise<void> {
  const base = `/projects/${project}`;
  await api("POST", "/projects", { name: "Skies", slug: project });
  await api("POST", `${base}/collections`, {
    name: "airlines",
    label: "Airlines",
    id_type: "text",
    fields: [{ name: "name", type: "string", required: true, min_length: 1 }],
  });
  await api("POST", `${base}/collections`, {
    name: "flights",
    label: "Flights",
    fields: [
      { name: "carrier", type: "relation", to: "airlines", required: true },
      { name: "flight", type: "int", required: true, label: "Flight number" },
      { name: "time_hour", type: "datetime", required: true, label: "Scheduled hour" },
      { name: "dep_delay", type: "int" },
      { name: "distance", type: "int", required: true },
      { name: "tailnum", type: "string" },
    ],
    unique: [["carrier", "flight", "time_hour"]],
  });
  await api("POST", `${base}/data/airlines`, AIRLINES);
}

/** As the public data set has it: NA for what is not known. */
export function flightsCsv(rows: number, from = 0): string {
  const start = Date.UTC(2013, 0, 1, 5);
  const lines = Array.from({ length: rows }, (_, at) => {
    const index = from + at;
    const carrier = CARRIERS[index % CARRIERS.length];
    const hour = new Date(start + (index % 8_760) * HOUR_MS).toISOString().replace(".000", "");
    const delay = index % 41 === 0 ? "NA" : String((index % 90) - 12);
    return `${carrier},${index},${hour},${delay},${200 + (index % 2_400)},N${10_000 + (index % 700)}`;
  });
  return `carrier,flight,time_hour,dep_delay,distance,tailnum\n${lines.join("\n")}\n`;
}
