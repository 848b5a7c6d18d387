import { useQueryClient } from '@tanstack/react-query'
import { Button, Modal } from 'antd'
import { ask } from '~/shared/api/client'
import { reportSignedIn, useSignedOut } from '~/shared/api/session'
import { live, useLiveStatus } from '~/shared/live/live'
import { meQuery, useMeIfAny, type Me } from '~/shared/me/me'
import { useWords } from '~/shared/words/words'

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
  return (
    <Modal
      open={wasHere && (over || refused)}
      title={t('shell.signedOut.title')}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      centered
      footer={[
        <Button key="in" type="primary" href="/signin" target="_blank" rel="opener">
          {t('shell.signedOut.action')}
        </Button>,
        <Button key="on" onClick={() => void goOn().catch(() => {})}>
          {t('shell.signedOut.done')}
        </Button>,
      ]}
    >
      <p>{t('shell.signedOut.text')}</p>
    </Modal>
  )
}
