import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMayWrite } from './role.js';

interface NewRunLinkProps {
  /** The run whose spec the editor begins with. */
  readonly from?: string;
  readonly children: string;
}

/** A link to the editor of specs. Readers may start nothing, and get none. */
export function NewRunLink({ from, children }: NewRunLinkProps): ReactNode {
  return useMayWrite() ? (
    <Link to="/new" search={from === undefined ? {} : { from }} className="link">
      {children}
    </Link>
  ) : null;
}
