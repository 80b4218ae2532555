import { CodeSnippet } from "@/components/code-snippet/code-snippet";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardHeader } from "@/components/ui/card";
import { SchemaTable } from "@/features/api-docs/components/schema-table";
import { bodyOf, type Call, exampleOf, type OpenApi } from "@/features/api-docs/document";
import { strings } from "@/features/api-docs/strings";

const TONES: Record<string, "default" | "success" | "warning" | "destructive"> = {
  GET: "default",
  POST: "success",
  PATCH: "warning",
  DELETE: "destructive",
};

/** One call: what it takes, and how it is written in each language. */
export function OperationCard({ document, call }: { document: OpenApi; call: Call }) {
  const body = bodyOf(document, call);
  const codes = Object.keys(call.operation.responses).filter((code) => code !== "default");
  const isList = call.operation.operationId.startsWith("list_");
  const query = isList ? "?limit=20&sort=-created_at" : "";
  const url = `${window.location.origin}${call.path.replace("{id}", "RECORD_ID")}${query}`;
  return (
    <Card>
      <CardHeader className="justify-start gap-3">
        <Badge variant={TONES[call.method]} className="font-mono">
          {call.method}
        </Badge>
        <h3 className="text-base font-semibold">{call.operation.summary}</h3>
        <code className="basis-full font-mono text-xs break-all text-muted-foreground">
          {call.path}
        </code>
      </CardHeader>
      <CardContent className="grid grid-cols-1 gap-4">
        <CodeSnippet call={{ method: call.method, url, ...(body && { body: exampleOf(body) }) }} />
        {isList && <Query call={call} />}
        {body && (
          <details>
            <summary className="w-fit cursor-pointer rounded-sm text-sm font-medium">
              {strings.body}
            </summary>
            <div className="mt-2 overflow-hidden rounded-lg border">
              <SchemaTable label={`${strings.body}: ${call.operation.summary}`} schema={body} />
            </div>
          </details>
        )}
        <p className="text-xs text-muted-foreground">{strings.answers(codes.join(", "))}</p>
      </CardContent>
    </Card>
  );
}

function Query({ call }: { call: Call }) {
  const known = (call.operation.parameters ?? []).filter(({ name }) => strings.paging[name]);
  const fields = (call.operation.parameters ?? []).filter(({ description }) => description);
  return (
    <details>
      <summary className="w-fit cursor-pointer rounded-sm text-sm font-medium">
        {strings.parameters}
      </summary>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
        {known.map(({ name }) => (
          <div key={name} className="contents">
            <dt className="font-mono text-xs leading-5">{name}</dt>
            <dd className="text-muted-foreground">{strings.paging[name]}</dd>
          </div>
        ))}
      </dl>
      <h4 className="mt-4 text-sm font-medium">{strings.conditions}</h4>
      <p className="mt-1 text-sm text-muted-foreground">{strings.conditionsAbout}</p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
        {fields.map(({ name, description }) => (
          <div key={name} className="contents">
            <dt className="font-mono text-xs leading-5">{name}</dt>
            <dd className="min-w-0 text-xs leading-5 break-words text-muted-foreground">
              {description}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
