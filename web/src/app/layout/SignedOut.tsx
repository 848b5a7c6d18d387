import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { ask } from '~/shared/api/client'
import { reportSignedIn, useSignedOut } from '~/shared/api/session'
import { live, useLiveStatus } from '~/shared/live/live'
import { meQuery, useMeIfAny, type Me } from '~/shared/me/me'
import { useWords } from '~/shared/words/words'
import styles from './SignedOut.module.css'

/** The session ended under an open page: sign in beside it and go on, nothing entered is lost. */
export function SignedOut() {
  const { t } = useWords()
  const over = useSignedOut()
  const refused = useLiveStatus() === 'refused'
  const wasHere = useMeIfAny() !== undefined
  const client = useQueryClient()
  async function goOn() {
    const before = client.getQueryData<Me>(meQuery.queryKey)
    const now = await ask<Me>('/me')
    // Somebody else's session must not see what the first one had open.
    if (before && before.person.id !== now.person.id) return location.replace('/')
    client.setQueryData(meQuery.queryKey, now)
    reportSignedIn()
    live.retry()
    await client.invalidateQueries()
  }
  const open = wasHere && (over || refused)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal?.()
    else dialog.current?.close?.()
  }, [open])
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="signed-out" onCancel={(e) => e.preventDefault()}>
      <h2 id="signed-out">{t('shell.signedOut.title')}</h2>
      <p>{t('shell.signedOut.text')}</p>
      <div className={styles.actions}>
        <a className="w-button primary" href="/signin" target="_blank" rel="noopener">
          {t('shell.signedOut.action')}
        </a>
        <button type="button" className="w-button" onClick={() => void goOn().catch(() => {})}>
          {t('shell.signedOut.done')}
        </button>
      </div>
    </dialog>
  )
}
