/** The pages in the bar, with the key that follows `g`. */
export const places = [
  { to: '/sessions', name: 'Sessions', key: 's' },
] as const
