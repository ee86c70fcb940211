import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { address, get, post, type Solid } from './client'
import type { components } from './schema.gen'

export type Case = Solid<components['schemas']['Case']>
export type CaseSummary = Solid<components['schemas']['CaseSummary']>
export type CaseEdit = Case['edits'][number]
export type NewCaseEdit = Omit<components['schemas']['NewCaseEdit'], '$schema'>

export const cases = queryOptions({ queryKey: ['cases'], queryFn: ({ signal }) => get('/api/v1/cases', { signal }) })

export const caseOf = (id: string) =>
  queryOptions({ queryKey: ['case', id], queryFn: ({ signal }): Promise<Case> => get('/api/v1/cases/{id}', { path: { id }, signal }) as Promise<Case> })

/** Opens a case. */
export function useOpenCase() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (title: string) => post<Case>('/api/v1/cases', { title }),
    onSuccess: (made) => {
      client.setQueryData(caseOf(made.id).queryKey, made)
      void client.invalidateQueries({ queryKey: cases.queryKey })
    },
  })
}

/** Does something to a case; the answer is the case as it is then. */
export function useEditCase() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, edit }: { id: string; edit: NewCaseEdit }) => post<Case>(address('/api/v1/cases/{id}/edits', { id }), edit),
    onSuccess: (changed) => {
      client.setQueryData(caseOf(changed.id).queryKey, changed)
      void client.invalidateQueries({ queryKey: cases.queryKey })
    },
  })
}
