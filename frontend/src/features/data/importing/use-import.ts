import { useRef, useState } from "react";

import { importFile, type Report } from "@/features/data/importing/api";
import { type Head, readHead } from "@/features/data/importing/csv";
import {
  conflictChoices,
  guessMapping,
  guessNulls,
  type Mapping,
} from "@/features/data/importing/mapping";
import { strings } from "@/features/data/strings";
import type { Collection } from "@/lib/collections";

export type Loaded = { file: File; head: Head };

export type Step =
  | { name: "file"; refused?: string }
  | { name: "columns"; error?: unknown }
  | { name: "running"; isDryRun: boolean; part: number }
  | { name: "checked"; report: Report }
  | { name: "done"; report: Report };

export type Choices = { mapping: Mapping; nulls: string; conflict: string | null };

/** The way of a file into a collection, step by step. */
export function useImport(project: string, collection: Collection) {
  const [step, setStep] = useState<Step>({ name: "file" });
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [choices, setChoices] = useState<Choices>({ mapping: {}, nulls: "", conflict: null });
  const running = useRef<AbortController>(null);

  async function load(file: File) {
    const head = await readHead(file);
    if (!head || (head.type === "text/csv" && head.header.length === 0)) {
      setStep({ name: "file", refused: head ? strings.importEmpty : strings.importUnknown });
      return;
    }
    const mapping = guessMapping(head.header, collection);
    const nulls = guessNulls(head, collection, mapping).join(", ");
    setLoaded({ file, head });
    setChoices({ mapping, nulls, conflict: null });
    setStep({ name: "columns" });
  }

  function change(next: Partial<Choices>) {
    setChoices((now) => {
      const made = { ...now, ...next };
      const open = conflictChoices(collection, made.mapping);
      const isOpen = made.conflict === null || open.includes(made.conflict);
      return isOpen ? made : { ...made, conflict: null };
    });
  }

  async function run(isDryRun: boolean, isPartial: boolean) {
    if (!loaded) return;
    const stop = new AbortController();
    running.current = stop;
    setStep({ name: "running", isDryRun, part: 0 });
    const options = {
      conflict: choices.conflict,
      isDryRun,
      isPartial,
      nulls: wordsOf(choices.nulls),
      columns: choices.mapping,
      type: loaded.head.type,
    };
    const onProgress = (part: number) => setStep({ name: "running", isDryRun, part });
    try {
      const report = await importFile(
        project,
        collection.name,
        loaded.file,
        options,
        onProgress,
        stop.signal,
      );
      setStep(isDryRun ? { name: "checked", report } : { name: "done", report });
    } catch (error) {
      setStep({ name: "columns", error: stop.signal.aborted ? undefined : error });
    }
  }

  return {
    step,
    loaded,
    choices,
    load,
    change,
    /** Everything is tried, nothing is kept: what would fail, and where. */
    check: () => run(true, true),
    start: (isPartial: boolean) => run(false, isPartial),
    stop: () => running.current?.abort(),
    back: () => setStep(loaded ? { name: "columns" } : { name: "file" }),
    again: () => setStep({ name: "file" }),
  };
}

export type Importing = ReturnType<typeof useImport>;

export function wordsOf(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}
