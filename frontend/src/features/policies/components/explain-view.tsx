import { useQuery } from "@tanstack/react-query";
import { MessageCircleQuestionIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorPanel } from "@/components/error-panel";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { explainQuery, type Question } from "@/features/policies/api";
import { ExplainAnswer } from "@/features/policies/components/explain-answer";
import { ExplainForm } from "@/features/policies/components/explain-form";
import { subjectOf } from "@/features/policies/principals";
import type { PoliciesSearch } from "@/features/policies/routes";
import { strings } from "@/features/policies/strings";
import { usePoliciesSearch } from "@/features/policies/use-policies-search";

/** Why somebody may do something, or may not. */
export function ExplainView() {
  const { search } = usePoliciesSearch();
  const question = questionOf(search);
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]">
      <Card className="p-4">
        <ExplainForm />
      </Card>
      {question ? (
        <Answer question={question} />
      ) : (
        <Card>
          <EmptyState icon={MessageCircleQuestionIcon} title={strings.explainEmpty}>
            <p>{strings.explainEmptyAbout}</p>
          </EmptyState>
        </Card>
      )}
    </div>
  );
}

function Answer({ question }: { question: Question }) {
  const { project } = usePoliciesSearch();
  const { data, error, refetch } = useQuery(explainQuery(project, question));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton role="status" aria-label="Loading" className="h-56" />;
  return <ExplainAnswer explanation={data} />;
}

/** Null until enough is said. */
function questionOf(search: PoliciesSearch): Question | null {
  const { principal, collection, action, record, data } = search;
  if (!principal || principal === "user:" || !collection || !action) return null;
  const writes = action === "create" || action === "update";
  return {
    collection,
    action,
    as: subjectOf(principal),
    ...(record !== undefined && action !== "create" && { record_id: record }),
    ...(writes && data !== undefined && { data: parsed(data) }),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
