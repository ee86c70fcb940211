import type { AdHocVariableFilter, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import type { Filter } from './types';

const whole = /^\$(?:\{([^}:]+)(?::[^}]*)?\}|(\w+))$|^\[\[([^\]:]+)(?::[^\]]*)?\]\]$/;

/** Values with variables in their place: a variable of several values gives them all, "All" gives none. */
export function expand(values: string[], templates: TemplateSrv, scoped?: ScopedVars): string[] {
  const out: string[] = [];
  for (const value of values) {
    const match = whole.exec(value);
    const name = match?.[1] ?? match?.[2] ?? match?.[3];
    if (!name) {
      out.push(templates.replace(value, scoped));
      continue;
    }
    if (isAll(name, templates, scoped)) {
      return [];
    }
    let found: unknown;
    const text = templates.replace(value.replace(/:[^}\]]*(?=[}\]])/, ''), scoped, (v: unknown) => {
      found = v;
      return '';
    });
    const list = found === undefined ? [text] : Array.isArray(found) ? found : [found];
    out.push(...list.map(String));
  }
  return out.includes('$__all') ? [] : out;
}

function isAll(name: string, templates: TemplateSrv, scoped?: ScopedVars): boolean {
  const variable = templates.getVariables().find((v) => v.name === name);
  const current = variable && 'current' in variable ? (variable.current as { value?: unknown }).value : undefined;
  const value = scoped?.[name]?.value ?? current;
  return value === '$__all' || (Array.isArray(value) && value.includes('$__all'));
}

/** Filters with variables in their place, and the dashboard's own behind them. */
export function expandFilters(filters: Filter[], templates: TemplateSrv, scoped?: ScopedVars, adHoc?: AdHocVariableFilter[]): Filter[] {
  const own = filters
    .map((f) => ({ ...f, values: expand(f.values, templates, scoped) }))
    .filter((f) => f.dimension && f.values.length > 0);
  return own.concat((adHoc ?? []).map(fromAdHoc));
}

function fromAdHoc(f: AdHocVariableFilter): Filter {
  if (!['=', '!=', '=|', '!=|'].includes(f.operator)) {
    throw new Error(`The filter ${f.key} ${f.operator} ${f.value} cannot be answered. Use =, !=, "One of" or "Not one of".`);
  }
  return { dimension: f.key, not: f.operator.startsWith('!'), values: f.values?.length ? f.values : [f.value] };
}
