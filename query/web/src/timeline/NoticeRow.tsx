import { Recorded } from '../ui/Recorded'
import { notice } from './notice'
import type { Row } from './rows'

/** Says where something is missing or wrong, in the place where it is. */
export function NoticeRow({ row, bare = false }: { row: Row; bare?: boolean }) {
  if (bare) return <span className="warn"><Recorded text={notice(row)} /></span>
  return (
    <>
      <span role="cell" className="num">
        {row.seq}
      </span>
      <span role="cell">
        <Recorded text={notice(row)} />
      </span>
    </>
  )
}
