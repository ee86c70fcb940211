import './styles/tokens.css'
import './styles/base.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Problem } from './api/client'
import { KeysProvider } from './keys/KeysProvider'
import { makeRouter } from './router'
import { apply } from './shell/theme'

apply()
const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What was asked wrongly, or took too long, does not get better by asking again.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status === 503),
      refetchOnWindowFocus: false,
    },
  },
})
createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <KeysProvider>
        <RouterProvider router={makeRouter(queryClient)} />
      </KeysProvider>
    </QueryClientProvider>
  </StrictMode>,
)
