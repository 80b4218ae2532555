import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRightIcon } from "lucide-react";

import type { Offender, Plan, PlanStep, Risk } from "@/components/plan-viewer/types";
import { Badge } from "@/components/ui/badge";
import { collectionsQuery } from "@/lib/collections";
import { formatCount } from "@/lib/format";

const TONES = {
  safe: "success",
  locking: "warning",
  lossy: "warning",
  destructive: "destructive",
} as const;
const WORDS: Record<Risk, string> = {
  safe: "safe",
  locking: "locks",
  lossy: "may lose data",
  destructive: "loses data",
};

/** The steps of a plan along a line, each with its risk, its locks and its SQL. */
export function PlanViewer({ project, plan }: { project: string; plan: Plan }) {
  return (
    <ol className="relative ml-1.5 grid grid-cols-1 gap-4 border-l pl-5">
      {plan.steps.map((step, index) => (
        <Step key={index} project={project} step={step} />
      ))}
    </ol>
  );
}

function Step({ project, step }: { project: string; step: PlanStep }) {
  const facts = factsOf(step);
  return (
    <li className="relative">
      <span
        aria-hidden
        data-risk={step.risk}
        className="absolute top-1.5 -left-[1.56rem] size-2.5 rounded-full border-2 border-popover bg-success data-[risk=destructive]:bg-destructive data-[risk=locking]:bg-warning data-[risk=lossy]:bg-warning"
      />
      <div className="flex flex-wrap items-center gap-2">
        <p className="text-sm font-medium">{step.description}</p>
        <Badge variant={TONES[step.risk]}>{WORDS[step.risk]}</Badge>
      </div>
      {facts.length > 0 && <p className="text-xs text-muted-foreground">{facts.join(" · ")}</p>}
      {step.offenders.length > 0 && <Offenders project={project} offenders={step.offenders} />}
      {step.sql.length > 0 && <Sql sql={step.sql} />}
    </li>
  );
}

function factsOf(step: PlanStep): string[] {
  return [
    ...step.locks.map(({ lock, table }) => `${lock.toLowerCase()} lock on ${table}`),
    ...(step.rows !== null ? [formatCount(step.rows, "row")] : []),
    ...(step.rewrites ? ["rewrites the table"] : []),
    ...(step.scans ? ["reads the whole table"] : []),
    ...(step.mode === "transaction" ? [] : ["runs online, in the background"]),
  ];
}

function Sql({ sql }: { sql: string[] }) {
  return (
    <details className="group mt-1">
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded-sm text-xs text-muted-foreground hover:text-foreground">
        <ChevronRightIcon className="size-3.5 transition-transform group-open:rotate-90" />
        SQL
      </summary>
      <pre
        tabIndex={0}
        className="mt-1.5 overflow-x-auto rounded-lg border bg-muted/50 p-3 font-mono text-xs leading-5"
      >
        {sql.join(";\n")};
      </pre>
    </details>
  );
}

function Offenders({ project, offenders }: { project: string; offenders: Offender[] }) {
  const { data: collections = [] } = useQuery(collectionsQuery(project));
  const nameOf = ({ collection_id: id }: Offender) =>
    collections.find((each) => each.id !== undefined && each.id === id)?.name;
  return (
    <ul className="mt-1.5 grid grid-cols-1 gap-2">
      {offenders.map((offender, index) => (
        <li
          key={index}
          className="grid grid-cols-1 gap-1 rounded-lg border border-destructive/30 bg-destructive/6 px-3 py-2 text-xs"
        >
          <p>
            <span className="font-medium">{offender.place}</span> {offender.reason}
            {typeof offender.count === "number" && `: ${formatCount(offender.count, "record")}`}
          </p>
          {offender.samples?.map((sample) => (
            <p key={sample.id} className="flex items-center gap-2 font-mono leading-6">
              <RecordLink project={project} collection={nameOf(offender)} id={String(sample.id)} />
              <span className="truncate">{JSON.stringify(sample.value)}</span>
            </p>
          ))}
          {offender.hint && <p className="text-muted-foreground">{offender.hint}</p>}
        </li>
      ))}
    </ul>
  );
}

/** To the record in the data explorer, where it can be mended; its collection may be gone by now. */
function RecordLink({
  project,
  collection,
  id,
}: {
  project: string;
  collection: string | undefined;
  id: string;
}) {
  if (collection === undefined) return <span className="truncate">{id}</span>;
  return (
    <Link
      to={`/projects/${project}/data/${collection}`}
      search={{ record: id }}
      className="truncate leading-6 text-primary underline underline-offset-4"
    >
      {id}
    </Link>
  );
}
