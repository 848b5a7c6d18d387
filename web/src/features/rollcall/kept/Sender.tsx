import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useEffect } from 'react'
import { live } from '~/shared/live/live'
import { canSeal } from '~/shared/device/drawer'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { useWords } from '~/shared/words/words'
import { keepSheets, keys, mineQuery, owed } from '../queries'
import { begunOnlyBy } from './begun'
import { files, useFiles } from './files'
import { outbox, useKept } from './device'

const again = 20_000 // milliseconds: a browser does not always know that the network is back

/** Sends what waits on this device, whatever page is open, and says when it has arrived; has ready what can be answered without a network. */
export function Sender() {
  const { t } = useWords()
  const { say } = useTerms()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const me = useMe().person.id
  const coming = useFiles().some(files.coming)
  const waits = useKept().some((k) => !k.refused) || coming
  const mine = useQuery(mineQuery).data
  useEffect(() => void Promise.all([outbox.start(me), files.start(me), begunOnlyBy(me)]), [me])
  useEffect(() => {
    if (!mine || mine.from_device || !canSeal()) return
    const ahead = () => {
      void keepSheets(cache, owed(mine)).catch(() => undefined)
      if (owed(mine).length > 0) import('../pages/AnswerPage').catch(() => undefined) // it too has to be on the device
    }
    const later = setTimeout(
      () => (navigator.onLine ? ahead() : addEventListener('online', ahead, { once: true })),
      1000 + Math.random() * 7000, // not a whole office at once
    )
    return () => {
      clearTimeout(later)
      removeEventListener('online', ahead)
    }
  }, [mine, cache])
  useEffect(() => {
    if (!waits) return
    const fresh = () => void cache.invalidateQueries({ queryKey: keys.all })
    const send = () => {
      void files.retry()
      void outbox.flush(
        (kept, receipt) => {
          void message.success({ content: t(receipt.on_time ? 'rollcall.here.sent' : 'rollcall.here.sentLate', { title: say(kept.title) }), duration: 8 })
          fresh()
        },
        (kept) => {
          void message.warning({ content: t('rollcall.here.notSent', { title: say(kept.title) }), duration: 8 })
          fresh()
        },
      )
    }
    const seen = () => document.visibilityState === 'visible' && send()
    const timer = setInterval(send, again)
    addEventListener('online', send)
    document.addEventListener('visibilitychange', seen)
    const deaf = live.onResync(send)
    send()
    return () => {
      clearInterval(timer)
      removeEventListener('online', send)
      document.removeEventListener('visibilitychange', seen)
      deaf()
    }
  }, [waits, t, say, message, cache])
  return null
}
