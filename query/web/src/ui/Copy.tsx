import { useEffect, useState } from 'react'

/** Copies text and says so. */
export function Copy({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const [said, say] = useState('')
  useEffect(() => {
    if (!said) return
    const timer = setTimeout(() => say(''), 1500)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
      say('Copied')
    } catch {
      say('The browser refused')
    }
  }
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      <span aria-live="polite">{said || label}</span>
    </button>
  )
}
