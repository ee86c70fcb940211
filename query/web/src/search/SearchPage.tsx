import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { hitsOf } from '../api/queries'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { Trouble } from '../ui/Trouble'
import { HitList } from './HitList'
import { SearchForm } from './SearchForm'
import { Waiting } from './Waiting'
import p from '../ui/Page.module.css'

const route = getRouteApi('/search')

/** Where words occur in what was said. */
export function SearchPage() {
  useTitle('Search')
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const hits = useInfiniteQuery(hitsOf({ ...search, text: search.text ?? '' }))
  const found = hits.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className={`${p.page} ${p.padded}`}>
      <h1 className="unseen">Search</h1>
      <SearchForm search={search} change={(to) => void navigate({ search: (now) => ({ ...now, ...to }) })} />
      {hits.error ? (
        <Trouble error={hits.error} retry={() => void hits.refetch()} />
      ) : !search.text ? (
        <Empty title="Search in what agents and servers said">
          <p>
            Words are found as written and whole, next to each other, in any case: <code>access denied</code>, <code>/srv/notes.txt</code>,{' '}
            <code>order 4711</code>. Secrets were cut out before anything was stored; a mark like <code>[mcptrail:github:…]</code> can be searched in
            their place.
          </p>
        </Empty>
      ) : hits.isPending ? (
        <Waiting key={JSON.stringify(search)} />
      ) : found.length === 0 ? (
        <Empty title="Nobody said that">
          <p>Words are matched whole: try the whole word, fewer words, or take a filter away.</p>
        </Empty>
      ) : (
        <HitList hits={found} more={hits.hasNextPage && !hits.isFetchingNextPage ? () => void hits.fetchNextPage() : undefined} />
      )}
    </div>
  )
}
