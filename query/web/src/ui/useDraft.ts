import { useState } from 'react'

/** The text of a field while it is typed. It begins as the text that is in force, and becomes it again whenever that changes. */
export function useDraft(inForce: string) {
  const [draft, setDraft] = useState({ text: inForce, of: inForce })
  if (draft.of !== inForce) setDraft({ text: inForce, of: inForce })
  return [draft.text, (text: string) => setDraft({ text, of: inForce })] as const
}
