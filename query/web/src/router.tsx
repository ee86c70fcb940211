import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from './api/search'
import { CasePage } from './cases/CasePage'
import { CasesPage } from './cases/CasesPage'
import { ComparePage } from './compare/ComparePage'
import { compareSearch } from './compare/search'
import { LivePage } from './live/LivePage'
import { liveSearch } from './live/search'
import { ReplayPage } from './replay/ReplayPage'
import { replaySearch } from './replay/search'
import { SearchPage } from './search/SearchPage'
import { searchSearch } from './search/search'
import { SessionsPage } from './sessions/SessionsPage'
import { sessionsSearch } from './sessions/search'
import { NotFound } from './shell/NotFound'
import { Shell } from './shell/Shell'
import { ServersPage } from './servers/ServersPage'
import { serversSearch } from './servers/search'
import { TimelinePage } from './timeline/TimelinePage'
import { timelineSearch } from './timeline/search'
import { TrailPage } from './trails/TrailPage'
import { TrailsPage } from './trails/TrailsPage'
import { trailSearch } from './trails/search'

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Shell, notFoundComponent: NotFound })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/sessions', replace: true })
  },
})
const sessions = createRoute({ getParentRoute: () => root, path: '/sessions', component: SessionsPage, validateSearch: sessionsSearch })
const timeline = createRoute({ getParentRoute: () => root, path: '/sessions/$id', component: TimelinePage, validateSearch: timelineSearch })

const replay = createRoute({ getParentRoute: () => root, path: '/sessions/$id/replay', component: ReplayPage, validateSearch: replaySearch })
const search = createRoute({ getParentRoute: () => root, path: '/search', component: SearchPage, validateSearch: searchSearch })
const live = createRoute({ getParentRoute: () => root, path: '/live', component: LivePage, validateSearch: liveSearch })
const cases = createRoute({ getParentRoute: () => root, path: '/cases', component: CasesPage })
const oneCase = createRoute({ getParentRoute: () => root, path: '/cases/$id', component: CasePage })
const trails = createRoute({ getParentRoute: () => root, path: '/trails', component: TrailsPage, validateSearch: sessionsSearch })
const trail = createRoute({ getParentRoute: () => root, path: '/trails/$id', component: TrailPage, validateSearch: trailSearch })
const servers = createRoute({ getParentRoute: () => root, path: '/servers', component: ServersPage, validateSearch: serversSearch })
const compare = createRoute({ getParentRoute: () => root, path: '/compare', component: ComparePage, validateSearch: compareSearch })

export const makeRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([home, sessions, timeline, replay, search, live, cases, oneCase, trails, trail, servers, compare]),
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultStructuralSharing: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
