import { Link } from "@tanstack/react-router";
import { CompassIcon } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";

export function NotFound({ detail }: { detail?: string }) {
  return (
    <div className="flex min-h-[70dvh] items-center justify-center">
      <EmptyState
        icon={CompassIcon}
        title="There is nothing here"
        action={
          <Button variant="outline" asChild>
            <Link to="/projects">All projects</Link>
          </Button>
        }
      >
        <p>{detail ?? "The address leads nowhere, or to something that you may not see."}</p>
      </EmptyState>
    </div>
  );
}
