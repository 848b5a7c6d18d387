import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useQueryClient } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { recordAddress } from '../address'
import { dayOf, today } from '../days'
import { items, keys, type Action } from '../queries'
import { ActionForm } from './ActionForm'
import { AssignForm } from './AssignForm'
import styles from './ActionLine.module.css'
import { WordsDialog } from './WordsDialog'

const tones: Record<Action['state'], Tone> = { open: 'accent', done: 'care', confirmed: 'good', dropped: 'plain' }

const header = (key: string) => ({ 'Idempotency-Key': key })

interface ActionLineProps {
  action: Action
  /** On a page of one meeting its theme is not said again. */
  here?: boolean
}

/** Who does what by when, how far it is, and what one may do about it. */
export function ActionLine({ action: x, here }: ActionLineProps) {
  const { t } = useWords()
  const client = useQueryClient()
  const now = useNow()
  const [doing, setDoing] = useState<'done' | 'return' | 'drop' | 'change' | 'assign'>()
  const can = (ability: string) => items(x.abilities).includes(ability)
  const late = x.state === 'open' && x.due_on !== undefined && x.due_on !== '' && x.due_on < today(now)
  const again = () => client.invalidateQueries({ queryKey: keys.all })
  const path = { path: { action: x.id } }
  return (
    <div className={styles.action} data-over={x.state === 'confirmed' || x.state === 'dropped' || undefined}>
      <p className={styles.text}>{x.text}</p>
      <p className={styles.facts}>
        <Tag tone={late ? 'bad' : tones[x.state]}>{t(late ? 'record.todo.late' : `common.todo.state.${x.state}`)}</Tag>
        <span>{t('common.todo.who', { name: x.person_name ?? x.to_unit_name ?? '' })}</span>
        {x.due_on && (
          <span>
            {t('common.todo.by')} <TimeText at={dayOf(x.due_on)} form="day" />
          </span>
        )}
        {x.kind === 'personal' && <span>{t('record.todo.personal')}</span>}
        {!here && (
          <Link to={recordAddress(x.meeting_id)}>
            {x.unit_name} · {x.theme}
          </Link>
        )}
      </p>
      {x.was_name && x.assigned_at && (
        <p className={styles.note}>
          {t('record.todo.was', { name: x.was_name })} <TimeText at={x.assigned_at} form="day" />
        </p>
      )}
      {x.evidence && <p className={styles.note}>{t('record.todo.evidenceIs', { text: x.evidence })}</p>}
      {x.reason && <p className={styles.note}>{t(x.state === 'dropped' ? 'record.todo.droppedWhy' : 'record.todo.returnedWhy', { text: x.reason })}</p>}
      {items(x.abilities).length > 0 && (
        <div className={`${styles.buttons} no-print`}>
          {can('done') && (
            <Button type="primary" onClick={() => setDoing('done')}>
              {t('record.todo.done')}
            </Button>
          )}
          {can('confirm') && (
            <ActionButton
              type="primary"
              done={t('record.todo.confirmed')}
              action={async () => {
                await got(api.POST('/actions/{action}/confirm', { params: path }))
                await again()
              }}
            >
              {t('record.todo.confirm')}
            </ActionButton>
          )}
          {can('return') && <Button onClick={() => setDoing('return')}>{t('record.todo.return')}</Button>}
          {can('change') && <Button onClick={() => setDoing('change')}>{t('common.edit')}</Button>}
          {can('assign') && <Button onClick={() => setDoing('assign')}>{t('record.todo.assign')}</Button>}
          {can('drop') && <Button onClick={() => setDoing('drop')}>{t('record.todo.drop')}</Button>}
        </div>
      )}
      {doing === 'done' && (
        <WordsDialog
          title={t('record.todo.doneTitle')}
          lead={<p className={styles.lead}>{x.text}</p>}
          field="evidence"
          label={t('record.todo.evidence')}
          placeholder={t('record.todo.evidenceHint')}
          verb={t('record.todo.done')}
          close={() => setDoing(undefined)}
          send={async (evidence, key) => {
            await got(api.POST('/actions/{action}/done', { params: path, body: { evidence }, headers: header(key) }))
            await again()
          }}
        />
      )}
      {(doing === 'return' || doing === 'drop') && (
        <WordsDialog
          title={t(`record.todo.${doing}Title`)}
          lead={<p className={styles.lead}>{t(`record.todo.${doing}Lead`)}</p>}
          field="reason"
          label={t('record.todo.reason')}
          verb={t(`record.todo.${doing}`)}
          danger={doing === 'drop'}
          close={() => setDoing(undefined)}
          send={async (reason, key) => {
            const request = { params: path, body: { reason }, headers: header(key) }
            await got(doing === 'return' ? api.POST('/actions/{action}/return', request) : api.POST('/actions/{action}/drop', request))
            await again()
          }}
        />
      )}
      {doing === 'assign' && <AssignForm action={x} close={() => setDoing(undefined)} />}
      {doing === 'change' && <ActionForm change={x} close={() => setDoing(undefined)} />}
    </div>
  )
}
