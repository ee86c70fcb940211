/** The pages in the bar, with the key that follows `g`. */
export const places = [
  { to: '/sessions', name: 'Sessions', key: 's' },
  { to: '/trails', name: 'Trails', key: 't' },
  { to: '/servers', name: 'Servers', key: 'v' },
  { to: '/search', name: 'Search', key: 'f' },
  { to: '/live', name: 'Live', key: 'l' },
  { to: '/compare', name: 'Compare', key: 'd' },
  { to: '/cases', name: 'Cases', key: 'c' },
] as const
