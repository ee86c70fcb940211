const key = 'mcptrail.theme'

export type Theme = 'light' | 'dark' | 'system'

export function chosen(): Theme {
  const stored = localStorage.getItem(key)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Makes the page light or dark; `system` leaves it to the browser. */
export function choose(theme: Theme) {
  if (theme === 'system') localStorage.removeItem(key)
  else localStorage.setItem(key, theme)
  apply()
}

export function apply() {
  const theme = chosen()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  window.dispatchEvent(new Event('theme'))
}

/** The other of light and dark than what is shown now. */
export function toggle() {
  const now = chosen()
  const dark = now === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : now === 'dark'
  choose(dark ? 'light' : 'dark')
}
