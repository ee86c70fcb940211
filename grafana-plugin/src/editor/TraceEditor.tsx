import React from 'react';
import type { PartProps } from './part';
import { TextField } from './TextField';

/** A session is found by its id, whatever time the dashboard shows. */
export function TraceEditor({ query, change }: PartProps) {
  return <TextField label="Session" placeholder="id of a session, of any time" value={query.session} store={(session) => change({ session })} width={44} />;
}
