import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, got, intention } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { dayOf, today } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { keys, myWhereQuery, type Whereabouts } from '../queries'
import styles from './WhereCard.module.css'

/** Says where one is: one tap; more words and a date for those who want. */
export function WhereCard({ always }: { always?: boolean }) {
  const { t } = useWords()
  const where = useQuery(myWhereQuery)
  return (
    <Section title={t('org.where.mine')}>
      <Show query={where}>{(w) => <Where key={w.updated_at} now={w} always={always} />}</Show>
    </Section>
  )
}

function Where({ now, always }: { now: Whereabouts; always?: boolean }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [choosing, setChoosing] = useState(always || now.place === '')
  const [more, setMore] = useState(false)
  const [busy, setBusy] = useState<string>()
  const over = now.until !== '' && now.until < today()
  const current = terms.profile?.whereabouts?.find((w) => w.key === now.place)

  async function put(w: { place: string; note: string; until: string }, key = intention()) {
    const set = await got(api.PUT('/me/whereabouts', { body: w, headers: { 'Idempotency-Key': key } }))
    client.setQueryData(keys.myWhere, set)
    void client.invalidateQueries({ queryKey: keys.held })
  }

  async function tap(place: string) {
    if (busy) return
    setBusy(place)
    const before = now
    try {
      await put({ place, note: place === now.place ? now.note : '', until: place === now.place ? now.until : '' })
      const key = 'whereabouts'
      void message.success({
        key,
        duration: 8,
        content: (
          <>
            {t('org.where.set', { place: terms.place(place) })}{' '}
            {before.place !== place && (
              <Button
                type="link"
                onClick={() => {
                  message.destroy(key)
                  put(before).then(
                    () => message.info(t('common.undone')),
                    (error: unknown) => message.error({ content: wordProblem(t, error), duration: 8 }),
                  )
                }}
              >
                {t('common.undo')}
              </Button>
            )}
          </>
        ),
      })
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    } finally {
      setBusy(undefined)
    }
  }

  return (
    <div className={styles.card}>
      {now.place !== '' && (
        <div className={styles.now}>
          <div>
            <strong className={styles.place}>{terms.place(now.place)}</strong>
            {now.note && <span className={styles.note}>{now.note}</span>}
            <span className={styles.when}>
              {now.until && (
                <>
                  {t('org.where.until')} <TimeText at={dayOf(now.until)} form="day" />
                  {' · '}
                </>
              )}
              {now.updated_at && (
                <>
                  {t('org.where.saidAt')} <TimeText at={now.updated_at} form="inside" />
                </>
              )}
            </span>
            {over && <span className={styles.over}>{t('org.where.overAsk')}</span>}
          </div>
          {!choosing && <Button onClick={() => setChoosing(true)}>{t('org.where.change')}</Button>}
        </div>
      )}
      {choosing && (
        <fieldset className={styles.places}>
          <legend className={now.place === '' ? styles.ask : 'visually-hidden'}>{t('org.where.ask')}</legend>
          {(terms.profile?.whereabouts ?? []).map((w) => (
            <button key={w.key} type="button" className={styles.option} aria-pressed={w.key === now.place} aria-busy={busy === w.key} onClick={() => void tap(w.key)}>
              {terms.say(w.name)}
            </button>
          ))}
        </fieldset>
      )}
      {now.place !== '' && !more && (
        <div className={styles.tools}>
          <Button type="link" onClick={() => setMore(true)}>
            {t(now.note || now.until ? 'org.where.editMore' : 'org.where.addMore')}
          </Button>
          {choosing && (
            <Button type="link" onClick={() => void put({ place: '', note: '', until: '' }).catch((error: unknown) => message.error({ content: wordProblem(t, error), duration: 8 }))}>
              {t('org.where.takeBack')}
            </Button>
          )}
        </div>
      )}
      {more && (
        <ServerForm<{ note: string; until: string }>
          initialValues={{ note: now.note, until: now.until }}
          send={async ({ note, until }, key) => {
            await put({ place: now.place, note: note ?? '', until: until ?? '' }, key)
            void message.success(t('common.saved'))
            setMore(false)
          }}
        >
          {(saving) => (
            <>
              <Form.Item name="note" label={terms.say(current?.detail) || t('org.where.note')}>
                <Input.TextArea maxLength={200} autoSize={{ minRows: 2, maxRows: 5 }} />
              </Form.Item>
              <Form.Item name="until" label={t('org.where.untilLabel')}>
                <Input type="date" min={today()} />
              </Form.Item>
              <div className={styles.buttons}>
                <Button onClick={() => setMore(false)}>{t('common.cancel')}</Button>
                <Button type="primary" htmlType="submit" loading={saving}>
                  {t('common.save')}
                </Button>
              </div>
            </>
          )}
        </ServerForm>
      )}
      <p className={styles.who}>{t('org.where.who', { branch: terms.word('branch') })}</p>
    </div>
  )
}
