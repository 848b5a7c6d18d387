import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import type { Rollup } from '../queries'

/** How far a period is. One that is to come says when it opens. */
export function PeriodTag({ state, opens }: { state: Rollup['state']; opens: string | null }) {
  const { t } = useWords()
  const now = useNow()
  if (state === 'opening' && opens && Date.parse(opens) > now.getTime())
    return (
      <Tag>
        {t('rollcall.period.opens')} <TimeText at={opens} />
      </Tag>
    )
  return <Tag tone={state === 'locked' ? 'good' : 'accent'}>{t(`rollcall.period.${state}`)}</Tag>
}
