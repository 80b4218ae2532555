import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckIcon, ChevronRightIcon } from "lucide-react";

import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { startedQuery } from "@/features/overview/api";
import { strings } from "@/features/overview/strings";
import { cn } from "@/lib/cn";
import { collectionsQuery } from "@/lib/collections";

type StepName = keyof typeof strings.steps;

const STEPS: { name: StepName; to: string }[] = [
  { name: "collection", to: "schema" },
  { name: "record", to: "data" },
  { name: "policy", to: "policies" },
  { name: "key", to: "api-keys" },
  { name: "webhook", to: "webhooks" },
  { name: "team", to: "settings" },
];

export function GettingStarted({ project }: { project: string }) {
  const { data: collections } = useSuspenseQuery(collectionsQuery(project));
  const { data: started } = useQuery(startedQuery(project));
  const hasCollection = collections.some((collection) => collection.name !== "users");
  const done = { collection: hasCollection, ...started };
  const count = STEPS.filter((step) => done[step.name as keyof typeof done]).length;
  return (
    <Card>
      <CardHeader>
        <CardTitle>{strings.start}</CardTitle>
        <CardDescription>
          {started ? strings.startAbout(count, STEPS.length) : <Skeleton className="h-5 w-48" />}
        </CardDescription>
      </CardHeader>
      <CardContent className="px-3 pt-2 pb-3">
        <ul>
          {STEPS.map((step) => (
            <Step
              key={step.name}
              project={project}
              step={step}
              isDone={Boolean(done[step.name as keyof typeof done])}
            />
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function Step({
  project,
  step,
  isDone,
}: {
  project: string;
  step: { name: StepName; to: string };
  isDone: boolean;
}) {
  const { title, about } = strings.steps[step.name];
  return (
    <li>
      <Link
        to={`/projects/${project}/${step.to}`}
        className="flex items-center gap-3 rounded-md px-2 py-2 hover:bg-accent"
      >
        <span
          className={cn(
            "flex size-5 shrink-0 items-center justify-center rounded-full border",
            isDone && "border-success/30 bg-success/10 text-success",
          )}
        >
          {isDone && <CheckIcon className="size-3.5" aria-label={strings.done} />}
        </span>
        <span className="min-w-0 flex-1">
          <span className={cn("block text-sm font-medium", isDone && "text-muted-foreground")}>
            {title}
          </span>
          <span className="block text-xs text-muted-foreground">{about}</span>
        </span>
        <ChevronRightIcon className="size-4 text-muted-foreground" aria-hidden />
      </Link>
    </li>
  );
}
