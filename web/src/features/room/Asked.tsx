// 谁在? while in a meeting: a quiet line above the pictures, without a sound, and one may say 我在 from it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { api, got } from '~/shared/api/client'
import { asProblem } from '~/shared/api/problem'
import { useLive, type LiveEvent } from '~/shared/live/live'
import { useWords } from '~/shared/words/words'
import { useTheRoom } from './room'
import { Button } from './ui/Button'
import styles from './Room.module.css'

const key = ['asked']

/** Nothing for who came by a link: they are let into this meeting and know of nothing else. */
export function Asked() {
  return useTheRoom().me.link ? null : <Line />
}

function Line() {
  const { t } = useWords()
  const { act } = useTheRoom()
  const cache = useQueryClient()
  const reload = useCallback(() => cache.invalidateQueries({ queryKey: key }), [cache])
  useLive('person:me', useCallback((e: LiveEvent) => void (['dispatch', 'notice'].includes(e.kind) && reload()), [reload]))
  const { data } = useQuery({ queryKey: key, queryFn: ({ signal }) => got(api.GET('/me/dispatches', { params: { query: { limit: 20 } }, signal })) })
  const [quiet, hush] = useState<string[]>([])
  const [mine, took] = useState<{ id: string; outcome: 'yours' | 'taken' }>()
  const asked = data?.items?.find((d) => d.mine.ringing && !quiet.includes(d.id))
  const id = mine?.id ?? asked?.id
  if (!id) return null
  const path = { params: { path: { dispatch: id } } }
  return (
    <div className={styles.asked} role="status">
      {mine ? (
        <>
          <strong>{t(`room.asked.${mine.outcome}`)}</strong>
          <span className={styles.askedDo}>
            {mine.outcome === 'yours' && (
              <a className="w-button primary" href={`/dispatches/${id}`} target="_blank" rel="noopener">
                {t('room.asked.open')}
              </a>
            )}
            <Button kind="quiet" do={() => took(undefined)}>
              {t('common.ok')}
            </Button>
          </span>
        </>
      ) : (
        asked && (
          <>
            <span>{t('room.asked.text', { name: asked.asker_name, text: asked.text })}</span>
            <span className={styles.askedDo}>
              <Button
                kind="primary"
                do={() =>
                  act(async () => {
                    // What was closed at this moment is nothing that failed: it leaves the list.
                    const answer = await got(api.POST('/dispatches/{dispatch}/claim', { ...path, body: { text: '' } })).catch((e: unknown) => {
                      if (asProblem(e).status !== 409) throw e
                    })
                    if (answer) took({ id, outcome: answer.outcome })
                    await reload()
                  })
                }
              >
                {t('room.asked.here')}
              </Button>
              <Button kind="quiet" do={() => hush([...quiet, id])}>
                {t('room.asked.later')}
              </Button>
            </span>
          </>
        )
      )}
    </div>
  )
}
