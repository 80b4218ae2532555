import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { ErrorPanel } from "@/components/error-panel";
import { Badge } from "@/components/ui/badge";
import {
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
} from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { type MailKind, mailKindsQuery } from "@/features/authentication/api";
import { MailEditor } from "@/features/authentication/components/mail-editor";
import { authenticationRoute } from "@/features/authentication/routes";
import { strings } from "@/features/authentication/strings";
import { cn } from "@/lib/cn";
import { mailKindName } from "@/lib/mail-kinds";

/** The mails of the project, in its own words. */
export function MailsView() {
  const { project } = authenticationRoute.useParams();
  const search = authenticationRoute.useSearch();
  const { data: kinds, error, refetch } = useQuery(mailKindsQuery(project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!kinds) return <Skeleton role="status" aria-label="Loading" className="h-96" />;
  const kind = kinds.find((each) => each.kind === search.kind) ?? kinds[0];
  if (!kind) return null;
  const locale = search.locale ?? "en";
  const source = kind.templates.find((each) => each.locale === locale)?.source;
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[15rem_minmax(0,1fr)]">
      <KindList kinds={kinds} current={kind} />
      <KindChoice kinds={kinds} current={kind} />
      <MailEditor
        key={`${kind.kind} ${locale} ${source}`}
        project={project}
        kind={kind}
        locale={locale}
      />
    </div>
  );
}

type ListProps = { kinds: MailKind[]; current: MailKind };

function isOwn({ templates }: MailKind): boolean {
  return templates.some(({ source }) => source === "project");
}

function KindList({ kinds, current }: ListProps) {
  const navigate = useNavigate();
  return (
    <nav aria-label={strings.kinds} className="max-lg:hidden">
      <ul className="grid gap-px">
        {kinds.map((each) => (
          <li key={each.kind}>
            <button
              type="button"
              aria-current={each === current || undefined}
              className={cn(
                "flex min-h-8 w-full items-center justify-between gap-2 rounded-md px-2 py-1 text-left text-sm text-muted-foreground hover:bg-accent hover:text-foreground",
                "aria-[current=true]:bg-accent aria-[current=true]:font-medium aria-[current=true]:text-foreground",
              )}
              onClick={() => void navigate({ to: ".", search: { kind: each.kind } })}
            >
              {mailKindName(each.kind)}
              {isOwn(each) && <Badge>{strings.own}</Badge>}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function KindChoice({ kinds, current }: ListProps) {
  const navigate = useNavigate();
  return (
    <div className="lg:hidden">
      <Select
        value={current.kind}
        onValueChange={(kind) => void navigate({ to: ".", search: { kind } })}
      >
        <SelectTrigger aria-label={strings.kinds}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {kinds.map((each) => (
            <SelectItem key={each.kind} value={each.kind}>
              {mailKindName(each.kind)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  );
}
