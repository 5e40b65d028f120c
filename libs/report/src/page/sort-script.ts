import { createHash } from 'node:crypto';

/**
 * Makes the headings of long tables buttons that sort by their column: numbers by value, the best or largest first on the second
 * press. Without it the page shows the same. Names and texts of the run never get into it.
 */
const script = `for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const value = (row, at) => {
    const text = row.cells[at].textContent.trim();
    const number = parseFloat(text.replace(/^[^0-9+.-]+/, ''));
    return Number.isNaN(number) ? text : number;
  };
  for (const [at, heading] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = heading.textContent.trim();
    heading.replaceChildren(button);
    button.addEventListener('click', () => {
      const sign = heading.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      const texts = heading.classList.contains('text');
      const key = (row) => (texts ? row.cells[at].textContent.trim() : value(row, at));
      const compare = (a, b) =>
        typeof a === 'number' && typeof b === 'number' ? a - b : typeof a === 'number' ? -1 : typeof b === 'number' ? 1 : a.localeCompare(b);
      const rows = [...body.rows].map((row) => ({ row, key: key(row) }));
      rows.sort((a, b) => sign * compare(a.key, b.key));
      table.classList.add('sorted');
      body.append(...rows.map(({ row }) => row));
    });
  }
}`;

/** The one script of a page, and the source expression by which the page's policy allows it and nothing else. */
export const sortScript = {
  element: `<script>${script}</script>`,
  allowed: `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
};
