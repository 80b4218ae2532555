import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useEffectEvent, useRef } from "react";

import type { JsonEditorProps } from "@/components/json-editor/json-editor";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--primary)" },
  { tag: tags.string, color: "var(--success)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warning)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "0.75rem", backgroundColor: "transparent" },
  "&.cm-focused": {
    outline: "2px solid var(--ring)",
    outlineOffset: "-1px",
    borderRadius: "var(--radius)",
  },
  ".cm-content": {
    fontFamily: "var(--font-code)",
    caretColor: "var(--foreground)",
    padding: "0.375rem 0",
  },
  ".cm-line": { padding: "0 0.625rem", lineHeight: "1.25rem" },
});

const faults = jsonParseLinter();

// Tab leaves the editor: it is one field of a form among others.
const keys = keymap.of([...defaultKeymap, ...historyKeymap]);

export default function Editor({
  id,
  label,
  text,
  onChange,
  readOnly,
  lines = 6,
}: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const tell = useEffectEvent((next: string) => onChange?.(next));
  const begin = useEffectEvent(() => text);

  useEffect(() => {
    if (!place.current) return;
    // As every other input, it takes nothing within a fieldset that is disabled.
    const isOff = readOnly === true || place.current.closest("fieldset:disabled") !== null;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: begin(),
        extensions: [
          json(),
          syntaxHighlighting(colours),
          bracketMatching(),
          history(),
          keys,
          look,
          linter((shown) => (shown.state.doc.length === 0 ? [] : faults(shown))),
          EditorState.readOnly.of(isOff),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, ...(id && { id }) }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) tell(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [id, label, readOnly]);

  useEffect(() => {
    const shown = view.current?.state.doc.toString();
    if (shown === undefined || shown === text) return;
    view.current?.dispatch({ changes: { from: 0, to: shown.length, insert: text } });
  }, [text]);

  return (
    <div
      ref={place}
      data-slot="json-editor"
      style={{ minHeight: `${lines * 1.25 + 0.75}rem` }}
      className="grid max-h-96 overflow-auto rounded-md border border-input bg-card shadow-xs [&_.cm-editor]:min-w-0"
    />
  );
}
