import type { Session } from '../api/types'

/** Who acted, in the words that say most. */
export function principalName(p: Session['principal']): string {
  if (p.subject) return p.issuer ? `${p.subject}@${p.issuer.replace(/^https?:\/\//, '')}` : p.subject
  return p.client_id || p.fingerprint.replace(/^(.*:.{10}).{8,}$/, '$1…') || 'no credential'
}
