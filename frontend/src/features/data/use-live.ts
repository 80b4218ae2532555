import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { toast } from "sonner";

import { listenToChanges } from "@/features/data/api";
import { strings } from "@/features/data/strings";

const QUIET_MS = 500;
/** Beyond as many pages, reading all of them again would be felt. */
const MOST_PAGES = 5;

/** Keep the grid as the data is: others' changes come in by themselves, or are offered. */
export function useLive(project: string, collection: string, pages: number): void {
  const client = useQueryClient();
  const loaded = useRef(pages);
  useEffect(() => {
    loaded.current = pages;
  }, [pages]);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const queryKey = ["project", project, "data", collection, "list"];
    const reload = () => void client.invalidateQueries({ queryKey });

    function tell() {
      timer = undefined;
      if (loaded.current <= MOST_PAGES) return reload();
      const action = { label: strings.liveShow, onClick: reload };
      toast.info(strings.live, { id: `live-${collection}`, action });
    }

    function onChange() {
      timer ??= setTimeout(tell, QUIET_MS);
    }

    listenToChanges(project, collection, onChange, stop.signal);
    return () => {
      stop.abort();
      clearTimeout(timer);
      toast.dismiss(`live-${collection}`);
    };
  }, [client, project, collection]);
}
