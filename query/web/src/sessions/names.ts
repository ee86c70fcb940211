import type { Session } from '../api/types'

/** Who acted, in the words that say most. */
export function principalName(p: Session['principal']): string {
  if (p.subject) return p.issuer ? `${p.subject}@${p.issuer.replace(/^https?:\/\//, '')}` : p.subject
  return p.client_id || p.fingerprint.replace(/^(.*:.{10}).{8,}$/, '$1…') || 'no credential'
}

interface Parties {
  client: Pick<Session['client'], 'name'>
  server: Pick<Session['server'], 'name'>
  upstream: string
}

/** The name that the client gave itself. */
export const agentName = (s: Pick<Parties, 'client'>): string => s.client.name || 'unnamed agent'

/** The name that the server gave itself, else the one that the collector has for it. */
export const serverName = (s: Pick<Parties, 'server' | 'upstream'>): string => s.server.name || s.upstream || 'unnamed server'

/** The names of several clients or servers, for a trail. */
export const agentNames = (clients: readonly { name: string }[]): string => clients.map((c) => c.name).join(', ') || 'unnamed agent'
export const serverNames = (servers: readonly string[]): string => servers.join(', ') || 'unnamed server'
