import { api, got } from '~/shared/api/client'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { useWords } from '~/shared/words/words'
import { roomAddress } from '../state'

/** The way into the practice room, where anybody may try sound and picture with somebody else. */
export function TryOut() {
  const { t } = useWords()
  return (
    <ActionButton
      action={async () => {
        const { id } = await got(api.GET('/practice'))
        location.assign(roomAddress(id))
      }}
    >
      {t('common.tryOut')}
    </ActionButton>
  )
}
