import { CopyButton } from "@/components/copy-button";
import { type Call, LANGUAGES } from "@/components/code-snippet/languages";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";

/** One call of the API in several languages, ready to be copied. */
export function CodeSnippet({ call }: { call: Call }) {
  return (
    <Tabs defaultValue="curl">
      <TabsList>
        {LANGUAGES.map(({ name, label }) => (
          <TabsTrigger key={name} value={name}>
            {label}
          </TabsTrigger>
        ))}
      </TabsList>
      {LANGUAGES.map(({ name, label, write }) => (
        <TabsContent key={name} value={name} className="relative pt-3">
          <pre
            tabIndex={0}
            className="max-h-80 overflow-auto rounded-lg border bg-muted/50 p-3 pr-10 font-mono text-xs leading-5"
          >
            {write(call)}
          </pre>
          <CopyButton
            text={write(call)}
            label={`Copy as ${label}`}
            className="absolute top-4 right-1"
          />
        </TabsContent>
      ))}
    </Tabs>
  );
}
