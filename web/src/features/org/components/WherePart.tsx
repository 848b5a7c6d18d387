import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Empty, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { dayOf } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { personWhereQuery } from '../queries'

/** Where somebody is, for their own officers: read only when asked for, because the look is recorded. */
export function WherePart({ person, name }: { person: string; name: string }) {
  const { t } = useWords()
  const terms = useTerms()
  const [asked, setAsked] = useState(false)
  const where = useQuery({ ...personWhereQuery(person), enabled: asked })
  return (
    <Section title={t('org.where.title')}>
      {!asked ? (
        <Empty action={<Button onClick={() => setAsked(true)}>{t('org.where.show')}</Button>}>{t('org.where.showLead', { name })}</Empty>
      ) : (
        <Show query={where}>
          {(w) =>
            w.place === '' ? (
              <Empty>{t('org.where.silent', { name })}</Empty>
            ) : (
              <div>
                <strong>{terms.place(w.place)}</strong>
                {w.note && <div>{w.note}</div>}
                <div>
                  {w.until && (
                    <>
                      {t('org.where.until')} <TimeText at={dayOf(w.until)} form="day" />{' · '}
                    </>
                  )}
                  {w.updated_at && (
                    <>
                      {t('org.where.saidAt')} <TimeText at={w.updated_at} form="inside" />
                    </>
                  )}
                </div>
              </div>
            )
          }
        </Show>
      )}
    </Section>
  )
}
