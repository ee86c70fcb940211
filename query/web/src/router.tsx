import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from './api/search'
import { SessionsPage } from './sessions/SessionsPage'
import { sessionsSearch } from './sessions/search'
import { NotFound } from './shell/NotFound'
import { Shell } from './shell/Shell'
import { TimelinePage } from './timeline/TimelinePage'
import { timelineSearch } from './timeline/search'

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

export const makeRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([home, sessions, timeline]),
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
