import { expect, test } from "vitest";

import { readFigures } from "@/features/metrics/api";

const TEXT = `# HELP backendify_log_backlog Changes that wait for the relay
backendify_log_backlog 3.0
backendify_log_reader_lag_seconds{reader="webhooks"} 1.5
backendify_requests_total{method="GET",route="/x",status="200"} 9.0
`;

test("backlogs and lags are read, and whose they are", () => {
  expect(readFigures(TEXT)).toEqual([
    { name: "backendify_log_backlog", of: "", value: 3 },
    { name: "backendify_log_reader_lag_seconds", of: "webhooks", value: 1.5 },
  ]);
});
