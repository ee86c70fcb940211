import { utc } from './format'

/** A time in UTC; the day is quiet since it changes rarely. */
export function Moment({ time, day = true }: { time: string; day?: boolean }) {
  const t = utc(time)
  return (
    <time dateTime={time} title={`${time} UTC`} className="moment">
      {day && <span className="dim">{t.day} </span>}
      {t.time}
    </time>
  )
}
