import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { Link } from "@tanstack/react-router";

import { TypeIcon } from "@/features/schema/type-icon";
import { drawnFields, HEAD, ROW, WIDTH } from "@/features/schema/diagram/layout";
import type { Standing } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import { cn } from "@/lib/cn";
import type { Collection } from "@/lib/collections";
import { collectionLabel, describeType } from "@/lib/fields";

export type DrawnCollection = Node<
  { collection: Collection; project: string; standing: Standing },
  "collection"
>;

const HIDDEN = "!size-1 !min-w-0 !min-h-0 !border-0 !bg-transparent";

export function CollectionNode({ data }: NodeProps<DrawnCollection>) {
  const { collection, project, standing } = data;
  const fields = drawnFields(collection);
  const more = collection.fields.length - fields.length;
  return (
    <div
      style={{ width: WIDTH }}
      className={cn(
        "rounded-lg border bg-card pb-2 text-card-foreground shadow-sm",
        standing !== "same" && "border-primary",
      )}
    >
      <div style={{ height: HEAD }} className="relative flex items-center gap-2 border-b px-3">
        <Handle id="in" type="target" position={Position.Left} className={HIDDEN} />
        <Link
          to={`/projects/${project}/schema/${collection.name}`}
          className="nodrag min-w-0 flex-1 truncate rounded-sm text-sm font-medium hover:underline"
        >
          {collectionLabel(collection)}
        </Link>
        {standing !== "same" && <span className="text-xs text-primary">{strings[standing]}</span>}
        <Handle
          id="new"
          type="source"
          position={Position.Right}
          title={strings.drawHint}
          className="!size-3.5 !rounded-full !border-2 !border-card !bg-primary"
        />
      </div>
      <ul>
        {fields.map((field) => (
          <li
            key={field.name}
            style={{ height: ROW }}
            className="relative flex items-center gap-2 px-3 text-xs"
          >
            <TypeIcon type={field.type} />
            <span className="truncate font-mono">{field.name}</span>
            <span className="ml-auto truncate text-muted-foreground">{describeType(field)}</span>
            {field.type === "relation" && (
              <Handle
                id={field.name}
                type="source"
                position={Position.Right}
                isConnectable={false}
                className={HIDDEN}
              />
            )}
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p style={{ height: ROW }} className="px-3 text-xs leading-6 text-muted-foreground">
          {strings.moreFields(more)}
        </p>
      )}
    </div>
  );
}
