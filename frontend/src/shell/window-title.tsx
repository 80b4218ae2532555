/** React puts it into the head of the document. */
export function WindowTitle({ parts }: { parts: readonly string[] }) {
  return <title>{[...parts].reverse().concat("Backendify").join(" · ")}</title>;
}
