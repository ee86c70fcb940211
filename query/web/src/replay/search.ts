import { number } from '../api/search'

export interface ReplaySearch {
  /** Milliseconds since the start. */
  t?: number
  speed?: number
}

export const replaySearch = (raw: Record<string, unknown>): ReplaySearch => ({ t: number(raw, 't'), speed: number(raw, 'speed') })

export const speeds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 50] as const
