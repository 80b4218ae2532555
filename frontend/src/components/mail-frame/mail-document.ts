/** A mail's HTML, to be shown in a frame that runs nothing and asks no other host. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const LOOK =
  "body{margin:20px;font:15px/1.6 system-ui,sans-serif;color:#1b1f2a;background:#fff;overflow-wrap:anywhere}" +
  "a{color:#2457d6}";

export function mailDocument(html: string): string {
  return [
    "<!doctype html><html><head>",
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<base target="_blank">',
    `<style>${LOOK}</style></head><body>`,
    html,
    "</body></html>",
  ].join("");
}

/** The addresses in a mail's text, each once. */
export function linksIn(text: string): string[] {
  const found = text.match(/https?:\/\/[^\s<>"']+/g) ?? [];
  return [...new Set(found.map((link) => link.replace(/[.,;:!?)]+$/, "")))];
}
