/** An error where a part of a page would stand, in one line. */
export function Failure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <p className="bad" role="alert">
      {error.message}{' '}
      <button type="button" className="link" onClick={retry}>
        Try again
      </button>
    </p>
  )
}
