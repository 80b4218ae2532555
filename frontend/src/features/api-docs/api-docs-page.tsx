import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { BookOpenIcon } from "lucide-react";

import { CopyButton } from "@/components/copy-button";
import { EmptyState } from "@/components/empty-state";
import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { openApiQuery } from "@/features/api-docs/api";
import { Downloads } from "@/features/api-docs/components/downloads";
import { OperationCard } from "@/features/api-docs/components/operation-card";
import { SchemaTable } from "@/features/api-docs/components/schema-table";
import { callsOf, type OpenApi, recordOf, tagsOf } from "@/features/api-docs/document";
import { apiDocsRoute } from "@/features/api-docs/routes";
import { strings } from "@/features/api-docs/strings";

/** The project's API, collection by collection. */
export function ApiDocsPage() {
  const { project, collection } = apiDocsRoute.useParams();
  const { data: document } = useSuspenseQuery(openApiQuery(project));
  const tags = tagsOf(document);
  const tag = collection ?? tags.find((each) => each !== "users") ?? tags[0];
  const address = `${window.location.origin}/api/projects/${project}`;
  return (
    <Page
      title={strings.title}
      description={strings.about}
      actions={<Downloads project={project} />}
      className="max-w-6xl"
    >
      <Card className="mb-6 grid grid-cols-1 gap-1 px-5 py-3">
        <div className="flex items-center gap-2">
          <span className="text-xs text-muted-foreground">{strings.address}</span>
          <code className="min-w-0 flex-1 truncate font-mono text-xs">{address}</code>
          <CopyButton text={address} label={strings.copyAddress} />
        </div>
        <p className="text-xs text-muted-foreground">{strings.auth}</p>
      </Card>
      {tag === undefined ? (
        <None project={project} />
      ) : (
        <div className="grid grid-cols-1 gap-6 lg:grid-cols-[11rem_1fr]">
          <Collections project={project} tags={tags} current={tag} />
          {tags.includes(tag) ? <Reference document={document} tag={tag} /> : <NotFound />}
        </div>
      )}
    </Page>
  );
}

function Reference({ document, tag }: { document: OpenApi; tag: string }) {
  const record = recordOf(document, tag);
  return (
    <div className="grid min-w-0 grid-cols-1 content-start gap-4">
      {record && (
        <Card className="overflow-hidden">
          <h2 className="px-5 pt-4 pb-2 text-base font-semibold">{tag}</h2>
          {record.description && <p className="px-5 pb-2 text-sm">{record.description}</p>}
          <SchemaTable label={strings.fields} schema={record} />
        </Card>
      )}
      {callsOf(document, tag).map((call) => (
        <OperationCard key={call.operation.operationId} document={document} call={call} />
      ))}
    </div>
  );
}

function Collections({
  project,
  tags,
  current,
}: {
  project: string;
  tags: readonly string[];
  current: string;
}) {
  const navigate = useNavigate();
  return (
    <>
      <nav aria-label={strings.collections} className="hidden lg:block">
        <ul className="sticky top-16 grid gap-px">
          {tags.map((tag) => (
            <li key={tag}>
              <Link
                to={`/projects/${project}/api-docs/${tag}`}
                aria-current={tag === current ? "page" : undefined}
                className="flex h-8 items-center rounded-md px-2 text-sm text-muted-foreground hover:bg-accent hover:text-foreground aria-[current=page]:bg-accent aria-[current=page]:font-medium aria-[current=page]:text-foreground"
              >
                <span className="truncate">{tag}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="lg:hidden">
        <Select
          value={current}
          onValueChange={(tag) => void navigate({ to: `/projects/${project}/api-docs/${tag}` })}
        >
          <SelectTrigger aria-label={strings.collections}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {tags.map((tag) => (
              <SelectItem key={tag} value={tag}>
                {tag}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </div>
    </>
  );
}

function None({ project }: { project: string }) {
  return (
    <Card>
      <EmptyState
        icon={BookOpenIcon}
        title={strings.none}
        action={
          <Button asChild>
            <Link to={`/projects/${project}/schema`}>{strings.toSchema}</Link>
          </Button>
        }
      >
        <p>{strings.noneAbout}</p>
      </EmptyState>
    </Card>
  );
}
