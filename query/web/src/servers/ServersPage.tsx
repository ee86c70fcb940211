import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { definitionsOf, servers } from '../api/queries'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { DefinitionList } from './DefinitionList'
import { History } from './History'
import { ServerList } from './ServerList'
import type { ServersSearch } from './search'
import p from '../ui/Page.module.css'
import pane from '../ui/Pane.module.css'
import s from './ServersPage.module.css'

const route = getRouteApi('/servers')

/** Servers, what they offered, and how that changed. */
export function ServersPage() {
  useTitle('Servers')
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: Partial<ServersSearch>) => void navigate({ search: (now) => ({ ...now, ...to }) })
  const all = useQuery(servers)
  const named = all.data?.items.filter((server) => server.upstream !== '') ?? []
  const list = useInfiniteQuery(
    definitionsOf({ server: search.server ? [search.server] : undefined, text: search.text, changed: search.changed ? true : undefined }),
  )
  const definitions = list.data?.pages.flatMap((page) => page.items) ?? []
  if (all.error) return <Trouble error={all.error} retry={() => void all.refetch()} />
  if (all.data && named.length === 0) {
    return (
      <Empty title="No server is recorded yet">
        <p>Once a client lists the tools of a server through a collector, the server and all versions of its tools show here.</p>
      </Empty>
    )
  }
  return (
    <div className={`${p.page} ${s.catalogue}`}>
      <h1 className="unseen">Servers and definitions</h1>
      <ServerList servers={named} chosen={search.server} choose={(server) => change({ server, name: undefined, kind: undefined })} />
      <DefinitionList
        definitions={definitions}
        search={search}
        change={change}
        more={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
        reading={list.isPending}
        error={list.error}
      />
      <section className={pane.pane} aria-label="History">
        <h2>{search.name ? <Recorded text={search.name} most={80} /> : 'History'}</h2>
        <div className={`${pane.body} ${s.history}`}>
          {search.server && search.name ? (
            <History server={search.server} kind={search.kind ?? 'tool'} name={search.name} />
          ) : (
            <p className="dim">Choose a definition to see what it meant over time, to whom, and what changed.</p>
          )}
        </div>
      </section>
    </div>
  )
}
