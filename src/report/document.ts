import { readFileSync } from 'node:fs';
import { escapeHtml } from './html.js';

/** Nothing is loaded from anywhere, and nothing runs: the page is text, tables and pictures. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export interface Document {
  /** What the browser calls the page. */
  readonly title: string;
  readonly heading: string;
  /** The command line that made it. */
  readonly command: string;
  /** Markup of what follows the heading. */
  readonly main: string;
}

/** One HTML file that opens from disk. Pure but for its style sheet: equal documents give equal text. */
export function renderDocument({ title, heading, command, main }: Document): string {
  const style = readFileSync(new URL('./assets/report.css', import.meta.url), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>
${style.trim()}
</style>
</head>
<body>
<header>
<h1>${escapeHtml(heading)}</h1>
<p class="simulated">simulated telemetry</p>
${renderCommand(command)}
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** Longest command line that is shown as it is; a longer one (sixty settings of rivals) is folded. */
const SHOWN_COMMAND = 400;

function renderCommand(command: string): string {
  const code = `<code>${escapeHtml(command)}</code>`;
  return command.length <= SHOWN_COMMAND
    ? `<p>${code}</p>`
    : `<details><summary>the command line</summary><p>${code}</p></details>`;
}
