/** A length of time in milliseconds, in as few characters as say it. Each unit ends where the next one begins after rounding. */
export function took(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  if (ms < 0) return `-${took(-ms)}`
  if (ms < 0.9995) return `${Math.round(ms * 1000)}µs`
  if (ms < 9.95) return `${ms.toFixed(1)}ms`
  if (ms < 999.5) return `${Math.round(ms)}ms`
  if (ms < 9995) return `${(ms / 1000).toFixed(2)}s`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  const s = Math.round(ms / 1000)
  if (s < 3600) return `${Math.floor(s / 60)}m${String(s % 60).padStart(2, '0')}s`
  if (s < 48 * 3600) return `${Math.floor(s / 3600)}h${String(Math.floor(s / 60) % 60).padStart(2, '0')}m`
  return `${Math.floor(s / 86400)}d${String(Math.floor(s / 3600) % 24).padStart(2, '0')}h`
}

const part = (of: number, digits: number) => String(Math.floor(of)).padStart(digits, '0')

/** A place in a session, in milliseconds from its start: seconds, minutes or hours. It is rounded once, so that 59.9996 s is 1:00.000. */
export function offset(ms: number): string {
  const t = Math.round(Math.abs(ms))
  const sign = ms < 0 && t > 0 ? '-' : ''
  const seconds = `${part((t / 1000) % 60, 2)}.${part(t % 1000, 3)}`
  const minutes = Math.floor(t / 60_000)
  if (minutes === 0) return `${sign}${seconds.replace(/^0(?=\d)/, '')}`
  if (minutes < 60) return `${sign}${minutes}:${seconds}`
  return `${sign}${Math.floor(minutes / 60)}:${part(minutes % 60, 2)}:${seconds.slice(0, 2)}`
}

/** A moment in UTC, the day and the time apart. */
export function utc(time: string | number): { day: string; time: string } {
  const iso = new Date(time).toISOString()
  return { day: iso.slice(0, 10), time: iso.slice(11, 23) }
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`
  return `${(n / 1024 / 1024).toFixed(1)} MiB`
}

export const count = (n: number): string => n.toLocaleString('en')

/** The last group of an id, enough to tell sessions apart and to ask for one. */
export const short = (id: string): string => id.slice(-12)

/** How many of something, in words. */
export const several = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`
