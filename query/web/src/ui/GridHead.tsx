import g from './Grid.module.css'

/** The names of a table's columns. The `silent` one is too narrow for its name, which is only spoken. */
export function GridHead({ names, silent }: { names: readonly string[]; silent?: string }) {
  return (
    <div role="rowgroup">
      <div className={`${g.row} ${g.head}`} role="row" aria-rowindex={1}>
        {names.map((name) => (
          <span key={name} role="columnheader">
            {name === silent ? <span className="unseen">{name}</span> : name}
          </span>
        ))}
      </div>
    </div>
  )
}
