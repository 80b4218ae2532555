import { lazy, Suspense } from "react";

import { Skeleton } from "@/components/ui/skeleton";

const Editor = lazy(() => import("@/components/json-editor/editor"));

export type JsonEditorProps = {
  id?: string;
  label: string;
  text: string;
  onChange?: (text: string) => void;
  readOnly?: boolean;
  /** Room for so many lines is kept free while the editor is being loaded. */
  lines?: number;
};

/** A text area for JSON with colours, brackets, folding and faults; loaded when it is first shown. */
export function JsonEditor(props: JsonEditorProps) {
  return (
    <Suspense fallback={<Skeleton style={{ height: `${(props.lines ?? 6) * 1.25 + 0.75}rem` }} />}>
      <Editor {...props} />
    </Suspense>
  );
}
