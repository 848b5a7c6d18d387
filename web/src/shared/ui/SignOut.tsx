import { ask } from '../api/client'
import { unsubscribe } from '../push/push'
import { signOut, useUnsentHere } from '../api/session'
import { useWords } from '../words/words'
import { ActionButton, ConfirmButton } from './ConfirmButton'

/** Ends this browser's session and leaves for the sign-in. Asks first if something here was not sent yet: it goes too. */
export function SignOut() {
  const { t } = useWords()
  const action = () =>
    signOut(async () => {
      await unsubscribe()
      await ask('/session', { method: 'DELETE' })
    })
  const count = useUnsentHere()
  return (
    <div>
      {count > 0 ? (
        <ConfirmButton danger question={t('shell.unsent.question', { count })} explanation={t('shell.unsent.explain')} verb={t('shell.unsent.verb')} action={action}>
          {t('shell.signOut')}
        </ConfirmButton>
      ) : (
        <ActionButton action={action}>{t('shell.signOut')}</ActionButton>
      )}
    </div>
  )
}
