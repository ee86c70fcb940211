import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { historyOf } from '../api/queries'
import type { DefinitionKind } from '../api/words'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { Version } from './Version'
import css from './History.module.css'

interface Props {
  server: string
  kind: DefinitionKind
  name: string
  /** The version that an operation held. */
  held?: string
}

/** What one name meant over time, to whom, and what changed. */
export function History({ server, kind, name, held }: Props) {
  const read = useInfiniteQuery(historyOf({ server, kind, name }))
  if (read.error) return <Trouble error={read.error} retry={() => void read.refetch()} />
  if (!read.data) return <p className="reading">Reading …</p>
  const [h] = read.data.pages
  if (!h) return null
  const versions = read.data.pages.flatMap((page) => page.versions)
  return (
    <div>
      {h.divided && <p className={`${css.notice} warn`}>Two versions were shown at one time, to different clients or principals.</p>}
      {h.renamed_from.map((s) => (
        <p key={s.hash} className={css.notice}>
          May be the former{' '}
          <Link to="/servers" search={{ server, kind, name: s.name }}>
            <Recorded text={s.name} most={80} />
          </Link>
          , {Math.round(s.similarity * 100)} % alike
        </p>
      ))}
      {h.renamed_to.map((s) => (
        <p key={s.hash} className={css.notice}>
          May be called{' '}
          <Link to="/servers" search={{ server, kind, name: s.name }}>
            <Recorded text={s.name} most={80} />
          </Link>{' '}
          now, {Math.round(s.similarity * 100)} % alike
        </p>
      ))}
      {h.renames_cut && <p className={css.notice}>More names came and went than were compared with this one.</p>}
      {read.hasNextPage && (
        <p className={css.notice}>
          {versions.length} of {h.total} versions are shown, the oldest.{' '}
          <button type="button" className="link" disabled={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
            Show newer versions
          </button>
        </p>
      )}
      <ol>
        {versions
          .map((v, i) => <Version key={v.hash} version={v} number={i + 1} held={v.hash === held} open={i === h.total - 1} />)
          .toReversed()}
      </ol>
    </div>
  )
}
