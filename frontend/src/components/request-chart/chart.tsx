import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import type { Shown } from "@/components/request-chart/request-chart";
import { formatMoment, formatNumber } from "@/lib/format";
import type { RequestPoint, RequestSeries } from "@/lib/metrics";

const DAY_MINUTES = 60;
const hour = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const AXIS = { fill: "var(--muted-foreground)", fontSize: 11 };
const MARGIN = { top: 8, right: 8, bottom: 0, left: 0 };

const PARTS = [
  { key: "served", name: "Served", colour: "var(--chart-1)" },
  { key: "refused", name: "Refused (4xx)", colour: "var(--chart-3)" },
  { key: "errors", name: "Errors (5xx)", colour: "var(--chart-4)" },
] as const;

type Row = RequestPoint & { served: number };

/** recharts, in a script of its own: loaded when a chart is first shown. */
export default function Chart({ series, shown }: { series: RequestSeries; shown: Shown }) {
  const rows: Row[] = series.data.map((point) => ({
    ...point,
    served: point.requests - point.refused - point.errors,
  }));
  const tick = (at: string) =>
    (series.step_minutes >= DAY_MINUTES ? day : hour).format(Date.parse(at));
  const axes = [
    <CartesianGrid key="grid" vertical={false} stroke="var(--border)" />,
    <XAxis
      key="x"
      dataKey="at"
      tickFormatter={tick}
      tick={AXIS}
      tickLine={false}
      axisLine={false}
      minTickGap={48}
    />,
    <YAxis
      key="y"
      width={44}
      allowDecimals={shown === "times"}
      tick={AXIS}
      tickLine={false}
      axisLine={false}
      tickFormatter={(value: number) => formatNumber(value)}
    />,
    <Tooltip
      key="tip"
      isAnimationActive={false}
      cursor={{ fill: "var(--muted)", stroke: "var(--border)" }}
      content={({ active, payload }) => {
        const point = payload[0]?.payload as Row | undefined;
        return active && point ? <Tip point={point} /> : null;
      }}
    />,
  ];
  if (shown === "times") {
    return (
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={rows} margin={MARGIN} accessibilityLayer={false}>
          {axes}
          <Area
            dataKey="average_ms"
            stroke="var(--chart-2)"
            fill="var(--chart-2)"
            fillOpacity={0.15}
            strokeWidth={1.5}
            connectNulls
            // One point alone makes no line.
            dot={rows.filter((row) => row.average_ms !== null).length < 3}
            isAnimationActive={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    );
  }
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={rows} margin={MARGIN} barCategoryGap="15%" accessibilityLayer={false}>
        {axes}
        {PARTS.map((part) => (
          <Bar
            key={part.key}
            dataKey={part.key}
            stackId="all"
            fill={part.colour}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

function Tip({ point }: { point: Row }) {
  return (
    <div className="rounded-md border bg-popover px-3 py-2 text-xs shadow-md">
      <p className="mb-1 font-medium">{formatMoment(point.at)}</p>
      {PARTS.map((part) => (
        <p key={part.key} className="flex items-center gap-2 tabular-nums">
          <span
            aria-hidden
            className="size-2 rounded-full"
            style={{ backgroundColor: part.colour }}
          />
          {part.name}
          <span className="ml-auto pl-4">{formatNumber(point[part.key])}</span>
        </p>
      ))}
      {point.average_ms !== null && (
        <p className="mt-1 text-muted-foreground tabular-nums">
          {point.average_ms.toFixed(1)} ms on average
        </p>
      )}
    </div>
  );
}
