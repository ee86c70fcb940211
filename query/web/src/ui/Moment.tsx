import { utc } from './format'
import s from './Moment.module.css'

/** A time in UTC; the day is quiet since it changes rarely. */
export function Moment({ time, day = true }: { time: string; day?: boolean }) {
  const t = utc(time)
  return (
    <time dateTime={time} title={`${time} UTC`} className={s.moment}>
      {day && <span className={`dim ${s.day}`}>{t.day} </span>}
      {t.time}
    </time>
  )
}
