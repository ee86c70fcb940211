import { InlineField, Input } from '@grafana/ui';
import React from 'react';

interface Props {
  label: string;
  placeholder?: string;
  value?: string;
  store: (text: string | undefined) => void;
  width?: number;
}

/** A text that is stored when the field is left or Enter is pressed. */
export function TextField({ label, placeholder, value, store, width = 24 }: Props) {
  const done = (text: string) => {
    if ((text.trim() || undefined) !== value) {
      store(text.trim() || undefined);
    }
  };
  return (
    <InlineField label={label} labelWidth={14}>
      <Input
        key={value}
        aria-label={label}
        width={width}
        placeholder={placeholder}
        defaultValue={value}
        onBlur={(e) => done(e.currentTarget.value)}
        onKeyDown={(e) => e.key === 'Enter' && done(e.currentTarget.value)}
      />
    </InlineField>
  );
}
