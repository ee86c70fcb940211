import type { Outcome } from '../api/words'

export type Tone = 'good' | 'bad' | 'warn' | 'quiet'

const tones: Record<Outcome, Tone> = {
  ok: 'good',
  accepted: 'quiet',
  input_required: 'quiet',
  task: 'quiet',
  tool_error: 'bad',
  protocol_error: 'bad',
  unauthorized: 'bad',
  forbidden: 'bad',
  http_error: 'bad',
  transport_error: 'bad',
  server_disconnect: 'bad',
  client_disconnect: 'warn',
  cancelled: 'warn',
  unanswered: 'warn',
}

/** How an outcome looks. One that is not known here is not taken for good. */
export const toneOf = (outcome: string): Tone => (outcome === '' ? 'quiet' : (tones[outcome as Outcome] ?? 'warn'))
