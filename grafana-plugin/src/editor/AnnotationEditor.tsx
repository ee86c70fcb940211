import { InlineField, RadioButtonGroup } from '@grafana/ui';
import React from 'react';
import { annotationKinds } from '../types';
import type { PartProps } from './part';

export function AnnotationEditor({ query, change }: PartProps) {
  return (
    <InlineField label="Mark" labelWidth={14}>
      <RadioButtonGroup aria-label="What to mark" options={annotationKinds} value={query.annotation ?? 'sessions'} onChange={(annotation) => change({ annotation })} />
    </InlineField>
  );
}
