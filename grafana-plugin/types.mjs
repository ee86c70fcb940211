// Writes the types and lists of the query service's API, from the document that the plugin's client is generated from too.
import openapiTS, { astToString } from 'openapi-typescript';
import { writeFileSync } from 'node:fs';

const document = new URL('pkg/api/openapi.json', import.meta.url);
const ast = await openapiTS(document, { alphabetize: true, immutable: true, enumValues: true, silent: true });
writeFileSync(new URL('src/schema.gen.ts', import.meta.url), `// Generated from pkg/api/openapi.json by types.mjs.\n\n${astToString(ast)}`);
