import { escapeHtml } from './html.js';

/** A cell, and how it looks where it stands out, well or badly, or stands back. */
export type Cell = string | { readonly text: string; readonly tone: 'good' | 'bad' | 'soft' | 'small' };

export interface HtmlTable {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of each row names it. */
  readonly rows: readonly (readonly [string, ...Cell[]])[];
}

/** A table that scrolls sideways where there is no room; its first column stays. */
export function renderHtmlTable({ caption, head, rows }: HtmlTable): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map(([name, ...cells]) => {
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.map(renderCell).join('')}</tr>`;
  });
  return `<div class="scroll"><table class="summary"><caption>${escapeHtml(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function renderCell(cell: Cell): string {
  if (typeof cell === 'string') return `<td>${escapeHtml(cell)}</td>`;
  return `<td class="${cell.tone}">${escapeHtml(cell.text)}</td>`;
}
