import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.js';

/** Whether whoever looks at the page may change something. Buttons that do so are left out for readers, and until it is known. */
export function useMayWrite(): boolean {
  return useQuery(sessionQuery).data?.role === 'writer';
}
