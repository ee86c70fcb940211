import React, { useState } from 'react';
import type { Loaded } from './module';

/** The editor of a template variable. */
export function VariablePart({ datasource }: Loaded) {
  const support = datasource.variables as unknown as { editor: React.ComponentType<{ query: unknown; onChange: (q: unknown) => void; datasource: unknown }> };
  const [query, setQuery] = useState<unknown>({ refId: 'variable', dimension: 'server' });
  return (
    <>
      <support.editor query={query} onChange={setQuery} datasource={datasource} />
      <pre id="query">{JSON.stringify(query)}</pre>
    </>
  );
}
