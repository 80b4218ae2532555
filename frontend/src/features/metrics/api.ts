import { queryOptions } from "@tanstack/react-query";

import { anonymous, type Schemas } from "@/lib/api";

const LIVE_MS = 10_000;

export const healthQuery = queryOptions({
  queryKey: ["health", "whole"],
  // 503 is an answer too: it tells what is wrong.
  queryFn: async () => {
    const { data, error } = await anonymous.GET("/api/health");
    return data ?? (error as Schemas["Health"]);
  },
  refetchInterval: LIVE_MS,
});

export type Figure = { name: string; of: string; value: number };

/** The figures of this process that tell of work behind the requests. */
export const figuresQuery = queryOptions({
  queryKey: ["metrics", "figures"],
  queryFn: async () => {
    const { data } = await anonymous.GET("/metrics", { parseAs: "text" });
    return readFigures(String(data ?? ""));
  },
  refetchInterval: LIVE_MS,
});

const LINE = /^(backendify_(?:log|webhook)_[a-z_]*(?:backlog|lag_seconds))(?:\{(.*)\})? (\S+)$/;

/** Prometheus' text, as far as it is about backlogs and lags. */
export function readFigures(text: string): Figure[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels, value] = LINE.exec(line) ?? [];
    if (!name) return [];
    return { name, of: /="(.*)"/.exec(labels ?? "")?.[1] ?? "", value: Number(value) };
  });
}
