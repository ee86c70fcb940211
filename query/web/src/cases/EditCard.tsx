import type { CaseEdit } from '../api/cases'
import type { CaseAction } from '../api/words'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Pinned } from './Pinned'
import s from './EditCard.module.css'

const verbs: Record<CaseAction | 'open', string> = {
  open: 'opened the case',
  rename: 'named it',
  note: 'noted',
  pin: 'pinned',
  retract: 'took something back',
  close: 'closed the case',
  reopen: 'opened the case again',
}

/** One thing that somebody did to a case. */
export function EditCard({ edit, takeBack }: { edit: CaseEdit; takeBack: () => void }) {
  const retractable = edit.action === 'note' || edit.action === 'pin'
  return (
    <li className={`${s.edit} ${retractable ? s.card : ''}`} data-action={edit.action} data-retracted={edit.retracted || undefined}>
      <div className={s.who}>
        <b>
          <Recorded text={edit.who} most={80} />
        </b>{' '}
        <span className="dim">{verbs[edit.action as keyof typeof verbs] ?? edit.action}</span>{' '}
        {(edit.action === 'rename' || edit.action === 'open') && <Recorded text={edit.text} most={200} />} <Moment time={edit.time} />
        {edit.retracted && <span className="tag warn">taken back</span>}
        {retractable && !edit.retracted && (
          <button type="button" className="link push" onClick={takeBack}>
            take back
          </button>
        )}
      </div>
      {edit.action === 'pin' && edit.session_id && <Pinned session={edit.session_id} seq={edit.seq ?? undefined} at={edit.at ?? undefined} />}
      {retractable && edit.text && (
        <p className={s.words}>
          <Recorded text={edit.text} most={16000} />
        </p>
      )}
    </li>
  )
}
