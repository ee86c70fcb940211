import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { FieldSet, InlineField, InlineSwitch, Input, SecretInput, SecretTextArea } from '@grafana/ui';
import React from 'react';
import type { TrailOptions, TrailSecrets } from '../types';

type Props = DataSourcePluginOptionsEditorProps<TrailOptions, TrailSecrets>;

const label = 20;
const width = 50;

/** Save & test asks the backend's health check, which says what is wrong. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const json = (part: Partial<TrailOptions>) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...part } });
  const secret = (part: TrailSecrets) => onOptionsChange({ ...options, secureJsonData: { ...secureJsonData, ...part } });
  const reset = (name: keyof TrailSecrets) =>
    onOptionsChange({ ...options, secureJsonFields: { ...secureJsonFields, [name]: false }, secureJsonData: { ...secureJsonData, [name]: '' } });
  const wrong = options.url && !/^https?:\/\/[^/]/.test(options.url) ? 'Begin with http:// or https://' : undefined;
  return (
    <>
      <FieldSet label="Query service">
        <InlineField label="URL" labelWidth={label} invalid={Boolean(wrong)} error={wrong} tooltip="Where mcptrail-query or mcptrail up listens, as seen from the Grafana server">
          <Input aria-label="URL" width={width} placeholder="http://127.0.0.1:7676" value={options.url} onChange={(e) => onOptionsChange({ ...options, url: e.currentTarget.value.trim() })} />
        </InlineField>
        <InlineField label="Token" labelWidth={label} tooltip="Sent as a bearer token. Leave it empty if the service asks for none">
          <SecretInput aria-label="Token" width={width} isConfigured={Boolean(secureJsonFields?.token)} value={secureJsonData?.token ?? ''} onChange={(e) => secret({ token: e.currentTarget.value })} onReset={() => reset('token')} />
        </InlineField>
        <InlineField label="URL for browsers" labelWidth={label} tooltip="Where links to timelines lead, if people's browsers reach the service by another name">
          <Input aria-label="URL for browsers" width={width} placeholder="the same" value={jsonData.webUrl ?? ''} onChange={(e) => json({ webUrl: e.currentTarget.value.trim() })} />
        </InlineField>
      </FieldSet>
      <FieldSet label="TLS">
        <InlineField label="Own CA" labelWidth={label} tooltip="The service's certificate is signed by a CA that the Grafana server does not know">
          <InlineSwitch aria-label="Own CA" value={jsonData.tlsAuthWithCACert ?? false} onChange={(e) => json({ tlsAuthWithCACert: e.currentTarget.checked })} />
        </InlineField>
        {jsonData.tlsAuthWithCACert && (
          <>
            <InlineField label="CA certificate" labelWidth={label}>
              <SecretTextArea aria-label="CA certificate" cols={48} rows={5} placeholder="-----BEGIN CERTIFICATE-----" isConfigured={Boolean(secureJsonFields?.tlsCACert)} value={secureJsonData?.tlsCACert ?? ''} onChange={(e) => secret({ tlsCACert: e.currentTarget.value })} onReset={() => reset('tlsCACert')} />
            </InlineField>
            <InlineField label="Name in it" labelWidth={label} tooltip="If the certificate is not for the URL's host">
              <Input aria-label="Name in it" width={width} value={jsonData.serverName ?? ''} onChange={(e) => json({ serverName: e.currentTarget.value.trim() })} />
            </InlineField>
          </>
        )}
        <InlineField label="Do not verify" labelWidth={label} tooltip="Anybody between Grafana and the service can then read and change the answers">
          <InlineSwitch aria-label="Do not verify" value={jsonData.tlsSkipVerify ?? false} onChange={(e) => json({ tlsSkipVerify: e.currentTarget.checked })} />
        </InlineField>
      </FieldSet>
    </>
  );
}
