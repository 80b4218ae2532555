import "@/styles/flow.css";

import {
  Background,
  type Connection,
  Controls,
  type Edge,
  MarkerType,
  type NodeChange,
  ReactFlow,
} from "@xyflow/react";
import { useMemo, useState } from "react";

import { CollectionNode, type DrawnCollection } from "@/features/schema/diagram/collection-node";
import {
  heightOf,
  layOut,
  type Relation,
  relationsOf,
  WIDTH,
} from "@/features/schema/diagram/layout";
import { standingOf } from "@/features/schema/standing";
import { strings } from "@/features/schema/strings";
import type { Working } from "@/features/schema/use-draft";

const NODE_TYPES = { collection: CollectionNode };
const FIT = { padding: 0.1, maxZoom: 1, minZoom: 0.2 };

type Props = {
  working: Working;
  onDraw: (from: string, to: string) => void;
  onOpen: (relation: Relation) => void;
};

/** Collections with their fields, and the relations between them; a new one is drawn by dragging. */
export default function Canvas({ working, onDraw, onOpen }: Props) {
  const { document, state, project } = working;
  const laidOut = useMemo(() => layOut(document.collections), [document]);
  const [moved, setMoved] = useState<ReadonlyMap<string, { x: number; y: number }>>(new Map());
  const relations = useMemo(() => relationsOf(document.collections), [document]);
  const nodes = useMemo(
    () =>
      document.collections.map((collection): DrawnCollection => ({
        id: collection.name,
        type: "collection",
        // Kept with every node: without it, the places of its handles are forgotten.
        measured: { width: WIDTH, height: heightOf(collection) },
        position: moved.get(collection.name) ?? laidOut.get(collection.name) ?? { x: 0, y: 0 },
        data: {
          collection,
          project,
          standing: standingOf(collection, state.schema.collections),
        },
      })),
    [document, laidOut, moved, project, state],
  );

  function change(changes: NodeChange<DrawnCollection>[]) {
    const next = new Map(moved);
    for (const each of changes) {
      if (each.type === "position" && each.position) next.set(each.id, each.position);
    }
    if (next.size > 0) setMoved(next);
  }

  function connect({ source, target }: Connection) {
    onDraw(source, target);
  }

  return (
    <ReactFlow<DrawnCollection>
      nodes={nodes}
      edges={relations.map((relation) => edgeOf(relation, working))}
      nodeTypes={NODE_TYPES}
      onNodesChange={change}
      onConnect={connect}
      onEdgeClick={(_, edge) => {
        const relation = relations.find((each) => idOf(each) === edge.id);
        if (relation) onOpen(relation);
      }}
      fitView
      fitViewOptions={FIT}
      minZoom={0.15}
      maxZoom={1.5}
      nodesFocusable={false}
      edgesFocusable={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
      preventScrolling={false}
      zoomOnScroll={false}
      connectionRadius={60}
      aria-label={strings.diagram}
    >
      <Background gap={20} size={1} color="var(--border)" />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function idOf({ from, field }: Relation): string {
  return `${from}.${field.name}`;
}

function edgeOf(relation: Relation, { state }: Working): Edge {
  const { from, field, to } = relation;
  const before = state.schema.collections.find((each) => each.name === from)?.fields ?? [];
  const isNew = standingOf(field, before) === "added";
  const color = isNew ? "var(--primary)" : "var(--muted-foreground)";
  const arrow = { type: MarkerType.ArrowClosed, color, width: 18, height: 18 };
  return {
    id: idOf(relation),
    source: from,
    sourceHandle: field.name,
    target: to,
    targetHandle: "in",
    ariaLabel: strings.relationLine(from, field.name, to),
    markerEnd: arrow,
    markerStart: field.kind === "many_to_many" ? arrow : undefined,
    style: { stroke: color, strokeWidth: 1.5, strokeDasharray: isNew ? "6 4" : undefined },
    interactionWidth: 24,
  };
}
