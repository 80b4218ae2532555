import { DownloadIcon } from "lucide-react";
import { toast } from "sonner";

import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { type DocsFile, saveFile } from "@/features/api-docs/api";
import { strings } from "@/features/api-docs/strings";
import { asProblem } from "@/lib/problem";

const FILES: [DocsFile, string][] = [
  ["sdk.d.ts", strings.types],
  ["sdk.py", strings.pythonTypes],
  ["openapi.json", strings.openapi],
];

/** The types that the clients are checked against, and the document itself. */
export function Downloads({ project }: { project: string }) {
  function save(file: DocsFile) {
    saveFile(project, file).then(
      () => toast.success(strings.saved),
      (error: unknown) => toast.error(asProblem(error).body.detail),
    );
  }

  return (
    <>
      <Button variant="outline" asChild>
        <a href="/docs" target="_blank" rel="noreferrer">
          {strings.all}
        </a>
      </Button>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button>
            <DownloadIcon />
            {strings.downloads}
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {FILES.map(([file, label]) => (
            <DropdownMenuItem key={file} onSelect={() => save(file)}>
              {label}
              <span className="ml-auto pl-4 font-mono text-xs text-muted-foreground">{file}</span>
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </>
  );
}
