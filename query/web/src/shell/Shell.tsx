import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useKeys } from '../keys/keys'
import mark from '../mark.svg'
import { Health } from './Health'
import { Help } from './Help'
import { places } from './places'
import { toggle } from './theme'
import s from './Shell.module.css'

/** What stands around every page. */
export function Shell() {
  const navigate = useNavigate()
  const [help, setHelp] = useState(false)
  useKeys([
    ...places.map((p) => ({ keys: [`g ${p.key}`], does: `go to ${p.name.toLowerCase()}`, run: () => void navigate({ to: p.to }) })),
    { keys: ['/'], does: 'filter, search or write', run: () => document.querySelector<HTMLElement>('[data-slash]')?.focus() },
    { keys: ['t'], does: 'light or dark', run: toggle },
    { keys: ['?'], does: 'show this help', run: () => setHelp(true) },
  ])
  return (
    <>
      <a className={s.skip} href="#main">
        Skip to the page
      </a>
      <header className={s.topbar}>
        <Link to="/sessions" className={s.brand} aria-label="mcptrail, sessions">
          <img src={mark} alt="" width="18" height="18" />
          <span>mcptrail</span>
        </Link>
        <nav aria-label="Pages">
          {places.map((p) => (
            <Link key={p.to} to={p.to} activeOptions={{ includeSearch: false }}>
              {p.name}
            </Link>
          ))}
        </nav>
        <Health />
        <button type="button" className="button small" onClick={toggle} aria-label="Light or dark">
          ◐
        </button>
        <button type="button" className="button small" onClick={() => setHelp(true)} aria-label="Keys">
          ?
        </button>
      </header>
      <main id="main" className={s.page} tabIndex={-1}>
        <Outlet />
      </main>
      {help && <Help close={() => setHelp(false)} />}
    </>
  )
}
