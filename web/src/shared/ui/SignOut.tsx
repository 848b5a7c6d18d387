import { ask } from '../api/client'
import { unsubscribe } from '../push/push'
import { useWords } from '../words/words'
import { ActionButton } from './ConfirmButton'

/** Ends this browser's session and leaves for the sign-in. */
export function SignOut() {
  const { t } = useWords()
  return (
    <div>
      <ActionButton
        action={async () => {
          await unsubscribe()
          await ask('/session', { method: 'DELETE' })
          location.assign('/signin')
        }}
      >
        {t('shell.signOut')}
      </ActionButton>
    </div>
  )
}
