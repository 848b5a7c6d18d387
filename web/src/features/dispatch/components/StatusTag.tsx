import { Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import type { Colleague } from '../queries'

const tones: Record<Colleague['state'], Tone> = { free: 'good', busy: 'care', off: 'plain' }

/** The small status beside a name. */
export function StatusTag({ of: c }: { of: Colleague }) {
  const { t } = useWords()
  return (
    <>
      <Tag tone={tones[c.state]}>
        {t(`dispatch.status.${c.state === 'off' && c.until_at ? 'offUntil' : c.state}`)}
        {c.state === 'off' && c.until_at && (
          <>
            {' '}
            <TimeText at={c.until_at} />
          </>
        )}
      </Tag>
      {c.on_duty && (
        <>
          {' '}
          <Tag tone="accent">{t('dispatch.duty.now')}</Tag>
        </>
      )}
    </>
  )
}
